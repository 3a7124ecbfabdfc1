package io.vbucket.rebalance.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RebalanceSettingsTest {
  @TempDir
  Path folder;

  @Test
  void defaults_are_those_of_reference_conf() {
    RebalanceSettings settings = RebalanceSettings.defaults();

    assertThat(settings.takeover())
        .isEqualTo(new TakeoverSettings(
            10,
            new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), 2.0),
            0x6f,
            new TakeoverSettings.Timeouts(
                Duration.ofSeconds(10),
                Duration.ofSeconds(120),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(30))));
    assertThat(settings.move())
        .isEqualTo(new MoveSettings(
            32, 4, 64, 0, 0, 0, 0.25, Duration.ofMillis(100), 1000, Duration.ofSeconds(120), Duration.ofSeconds(60),
            Duration.ofSeconds(120)));
    Backoff reconnect = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), 2.0);
    assertThat(settings.link())
        .isEqualTo(new LinkSettings(
            Duration.ofSeconds(10), Duration.ofSeconds(10), 262_144, 22_020_096, 1_048_576, 262_144, 2, 1,
            Duration.ofSeconds(120), reconnect));
    assertThat(settings.node())
        .isEqualTo(new NodeSettings(
            Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofMinutes(5),
            Duration.ofSeconds(30), 4, reconnect));
    assertThat(settings.map())
        .isEqualTo(new MapSettings(Duration.ofSeconds(10), Duration.ofMillis(5), Duration.ofSeconds(5),
            Duration.ofSeconds(1)));
    assertThat(settings.buckets()).isEqualTo(new BucketsSettings(1));
    assertThat(RebalanceSettings.load()).isEqualTo(settings);
  }

  @Test
  void a_file_changes_what_it_names_and_nothing_else() throws IOException {
    Path file = write("rebalance { takeover { max-attempts = 3, timeouts.pending = 5 s }, link.read-buffer = 64 KiB }");

    RebalanceSettings settings = RebalanceSettings.load(file);

    assertThat(settings.takeover().maxAttempts()).isEqualTo(3);
    assertThat(settings.takeover().timeouts().pending()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.link().readBufferBytes()).isEqualTo(65_536);
    assertThat(settings.move()).isEqualTo(RebalanceSettings.defaults().move());
    assertThat(settings.takeover().backoff())
        .isEqualTo(RebalanceSettings.defaults().takeover().backoff());
  }

  @Test
  void settings_outside_of_rebalance_are_refused_and_not_passed_over() throws IOException {
    Path file = write("takeover.max-attempts = 3\nakka.loglevel = DEBUG");

    assertThatThrownBy(() -> RebalanceSettings.load(file))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(":1: takeover: settings stand under rebalance: write rebalance.takeover");
  }

  @Test
  void a_system_property_wins_over_a_file() throws IOException {
    Path file = write("rebalance.takeover.max-attempts = 3");
    System.setProperty("rebalance.takeover.max-attempts", "7");
    ConfigFactory.invalidateCaches();
    try {
      assertThat(RebalanceSettings.load(file).takeover().maxAttempts()).isEqualTo(7);
      assertThat(RebalanceSettings.load().takeover().maxAttempts()).isEqualTo(7);
      assertThat(RebalanceSettings.defaults().takeover().maxAttempts()).isEqualTo(10);
    } finally {
      System.clearProperty("rebalance.takeover.max-attempts");
      ConfigFactory.invalidateCaches();
    }
  }

  @Test
  void an_embedders_own_configuration_is_taken_with_all_else_in_it_ignored() {
    var own = ConfigFactory.parseString("my-service.port = 80, limit = 12, rebalance.move.max-concurrent = ${limit}");

    assertThat(RebalanceSettings.load(own).move().maxConcurrent()).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x70", "\"0x70\"", "112", "\"112\"", "\"0X70\""})
  void the_retry_request_opcode_is_read_as_decimal_or_hexadecimal(String written) {
    assertThat(load("rebalance.takeover.retry-request-opcode = " + written).takeover().retryRequestOpcode())
        .isEqualTo(0x70);
  }

  @Test
  void all_mistakes_are_told_at_once_each_with_file_and_line() throws IOException {
    Path file = write(
        """
        rebalance {
          takeover {
            max-attempts = 0
            backoff.factor = 11
            max-attemps = 3
            timeouts { pending = 30 }
          }
          link.write-low-water = 2 MiB
          node = 5
        }
        """);

    SettingsException refused = catchThrowableOfType(SettingsException.class, () -> RebalanceSettings.load(file));

    assertThat(refused.getMessage().lines())
        .containsExactlyInAnyOrder(
            file + ":3: rebalance.takeover.max-attempts = 0: 1 to 1000",
            file + ":4: rebalance.takeover.backoff.factor = 11.0: 1 to 10",
            file + ":5: rebalance.takeover.max-attemps: no such setting; did you mean max-attempts?",
            file + ":6: rebalance.takeover.timeouts.pending = 30: a duration with its unit, such as 50 ms, 10 s or 2 m",
            file + ":8: rebalance.link.write-low-water = 2 MiB: at most write-high-water, 1 MiB",
            file + ":9: rebalance.node = 5: settings in { }: "
                + "connect-timeout, deletion-timeout, handshake-timeout, noop-interval, reconnect-backoff, "
                + "request-timeout, wait-lanes");
    assertThat(refused.problems()).hasSize(6);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          takeover.max-attempts = ten              | "ten": a whole number, decimal or as 0x and hexadecimal digits
          takeover.max-attempts = 1.5              | 1.5: a whole number, decimal or as 0x and hexadecimal digits
          takeover.max-attempts = 99999999999      | 99999999999: a whole number, decimal or as 0x and hexadecimal digits
          takeover.max-attempts = [1]              | [1]: a whole number, decimal or as 0x and hexadecimal digits
          takeover.max-attempts = null             | null: a whole number, decimal or as 0x and hexadecimal digits
          takeover.max-attempts = 1001             | 1001: 1 to 1000
          takeover.retry-request-opcode = 0x53     | 0x53: 0x00 to 0xff, none of DCP's own 0x50 to 0x64
          takeover.retry-request-opcode = 256      | 0x100: 0x00 to 0xff, none of DCP's own 0x50 to 0x64
          takeover.timeouts.link = soon            | "soon": a duration with its unit, such as 50 ms, 10 s or 2 m
          takeover.timeouts.link = 0 s             | 0 ms: 1 ms to 24 h
          takeover.timeouts.link = -1 s            | -1 s: 1 ms to 24 h
          takeover.timeouts.link = { a = 1 }       | {"a":1}: a duration with its unit, such as 50 ms, 10 s or 2 m
          takeover.backoff.max = 10 ms             | 10 ms: at least initial, 50 ms
          takeover.backoff.factor = fast           | "fast": a number
          move.backfill-done-below = 0             | 0: 1 to 1000000000
          link.read-buffer = 1 KiB                 | 1 KiB: 4 KiB to 16 MiB
          link.read-buffer = much                  | "much": a size such as 256 KiB or 21 MiB, or a number of bytes
          link.reconnect-backoff.initial = 2 h     | 2 h: 0 ms to 1 h
          map.batch-delay = 10001 ms               | 10001 ms: 0 ms to 10 s
          map.leave-delay = 61 s                   | 61 s: 0 ms to 1 m
          """)
  void a_wrong_value_is_refused_with_what_is_allowed(String line, String said) {
    String path = "rebalance." + line.substring(0, line.indexOf(' '));

    assertThatThrownBy(() -> load("rebalance." + line))
        .isInstanceOf(SettingsException.class)
        .hasMessage("String:1: " + path + " = " + said);
  }

  @Test
  void a_value_that_a_default_contradicts_is_told_at_the_users_own_line() throws IOException {
    Path file = write("rebalance {\n  link.event-loop-threads = 3\n  link.write-high-water = 128 KiB\n}");

    assertThatThrownBy(() -> RebalanceSettings.load(file))
        .hasMessage(file + ":3: rebalance.link.write-low-water = 256 KiB: at most write-high-water, 128 KiB");
  }

  @Test
  void an_unknown_key_with_no_near_name_is_told_all_that_exist() {
    assertThatThrownBy(() -> load("rebalance.map.zzzzzzzzzz = 1"))
        .hasMessageEndingWith(
            "rebalance.map.zzzzzzzzzz: no such setting; allowed are batch-delay, leave-delay, push-timeout, watch-interval");
  }

  @Test
  void a_file_that_is_not_there_or_not_hocon_is_named() throws IOException {
    assertThatThrownBy(() -> RebalanceSettings.load(folder.resolve("none.conf")))
        .isInstanceOf(SettingsException.class)
        .hasMessage(folder.resolve("none.conf") + ": no such file");
    Path broken = write("rebalance {\n  takeover {\n");
    assertThatThrownBy(() -> RebalanceSettings.load(broken))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(broken + ":3: ");
    Path unresolved = write("rebalance {\n  map.batch-delay = ${nowhere}\n}");
    assertThatThrownBy(() -> RebalanceSettings.load(unresolved))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(unresolved + ":2: ")
        .hasMessageContaining("nowhere");
  }

  @Test
  void buckets_that_share_limits_use_no_more_than_the_limits_together() {
    MoveSettings whole = load(
        "rebalance.move { max-concurrent = 32, takeovers-per-node = 7, backfills-per-node = 5, moves-per-node = 64,"
            + " bytes-per-second-per-node = 10 MiB, bytes-per-second-per-link = 1 }")
        .move();

    MoveSettings half = whole.sharedBy(2);

    assertThat(half.maxConcurrent()).isEqualTo(16);
    assertThat(half.backfillsPerNode()).isEqualTo(2);
    assertThat(half.movesPerNode()).isEqualTo(32);
    assertThat(half.takeoversPerNode()).isEqualTo(3);
    assertThat(half.bytesPerSecondPerNode()).isEqualTo(5 << 20);
    assertThat(half.bytesPerSecondPerLink()).as("0 would be no limit").isEqualTo(1);
    assertThat(half.persistenceTimeout()).isEqualTo(whole.persistenceTimeout());
    assertThat(RebalanceSettings.defaults().move().sharedBy(4).bytesPerSecondPerNode()).as("no limit").isZero();
    assertThat(whole.sharedBy(1)).isEqualTo(whole);
    assertThat(whole.mostSharers()).isEqualTo(5);
    assertThat(load("rebalance.move.takeovers-per-node = 2").move().mostSharers()).isEqualTo(2);
    assertThat(RebalanceSettings.defaults().move().sharedBy(4).takeoversPerNode()).as("no limit").isZero();
    assertThatThrownBy(() -> whole.sharedBy(6)).hasMessageContaining("6 buckets cannot share");
  }

  @Test
  void one_to_sixteen_buckets_at_a_time() {
    assertThat(load("rebalance.buckets.in-parallel = 16").buckets().inParallel()).isEqualTo(16);
    assertThat(RebalanceSettings.defaults().withBucketsInParallel(3).buckets().inParallel()).isEqualTo(3);
    assertThatThrownBy(() -> load("rebalance.buckets.in-parallel = 0"))
        .hasMessageEndingWith("rebalance.buckets.in-parallel = 0: 1 to 16");
    assertThatThrownBy(() -> load("rebalance.buckets.in-parallel = 17"))
        .hasMessageEndingWith("rebalance.buckets.in-parallel = 17: 1 to 16");
  }

  @Test
  void rebalance_itself_must_be_an_object() {
    assertThatThrownBy(() -> load("rebalance = 3")).hasMessageEndingWith("rebalance = 3: settings in { }");
  }

  @Test
  void records_built_in_code_are_checked_alike() {
    assertThatThrownBy(() -> new MapSettings(Duration.ZERO, null, Duration.ofSeconds(5), Duration.ZERO))
        .isInstanceOf(SettingsException.class)
        .hasMessage("push-timeout = 0 ms: 1 ms to 10 m" + System.lineSeparator() + "batch-delay = null: 0 ms to 10 s");
    RebalanceSettings d = RebalanceSettings.defaults();
    assertThatThrownBy(
        () -> new RebalanceSettings(d.takeover(), d.move(), d.link(), null, d.map(), d.retry(), d.buckets()))
        .hasMessage("node = null: must be given");
  }

  private static RebalanceSettings load(String hocon) {
    return RebalanceSettings.load(ConfigFactory.parseString(hocon));
  }

  private Path write(String hocon) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "rebalance", ".conf"), hocon);
  }
}

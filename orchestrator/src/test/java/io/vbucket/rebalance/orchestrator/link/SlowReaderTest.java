package io.vbucket.rebalance.orchestrator.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SlowReaderTest {
  @Test
  void one_gib_passes_to_a_slow_reader_in_a_heap_of_128_mib_and_next_to_nothing_is_kept() throws Exception {
    Process program = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-XX:+ExitOnOutOfMemoryError",
        "-cp", System.getProperty("java.class.path"), SlowReader.class.getName())
        .redirectErrorStream(true)
        .start();
    String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).as(printed).isZero();
    Matcher peak = Pattern.compile("peakDirectBytes (\\d+)").matcher(printed);
    assertThat(peak.find()).as(printed).isTrue();
    assertThat(Long.parseLong(peak.group(1))).isLessThan(32L << 20);
  }
}

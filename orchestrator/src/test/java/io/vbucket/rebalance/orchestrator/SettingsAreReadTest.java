package io.vbucket.rebalance.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.Backoff;
import io.vbucket.rebalance.config.RebalanceSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A setting that nobody reads promises what does not happen. */
class SettingsAreReadTest {
  @Test
  void every_setting_is_read_by_somebody() throws IOException {
    String sources;
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      sources = files.filter(file -> file.toString().endsWith(".java"))
          .map(SettingsAreReadTest::text)
          .collect(Collectors.joining());
    }
    List<String> settings = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    for (RecordComponent setting : leaves(RebalanceSettings.class)) {
      settings.add(setting.getName());
      if (!sources.contains("." + setting.getName() + "()") && !sources.contains("::" + setting.getName())) {
        unread.add(setting.getDeclaringRecord().getSimpleName() + "." + setting.getName());
      }
    }
    assertThat(settings).contains("pushTimeout", "maxConcurrent");
    assertThat(unread).isEmpty();
  }

  /** What a back-off is made of is read by itself. */
  private static List<RecordComponent> leaves(Class<?> record) {
    List<RecordComponent> leaves = new ArrayList<>();
    for (RecordComponent component : record.getRecordComponents()) {
      if (component.getType().isRecord() && component.getType() != Backoff.class) {
        leaves.addAll(leaves(component.getType()));
      } else {
        leaves.add(component);
      }
    }
    return leaves;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}

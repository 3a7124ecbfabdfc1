package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
  @TempDir
  Path folder;

  @Test
  void an_old_report_stays_until_the_new_one_is_whole() throws IOException {
    Path file = Files.writeString(folder.resolve("report.json"), "old");
    ReportFile report = ReportFile.at(file);

    assertThat(file).hasContent("old");
    assertThatThrownBy(() -> report.write(new Object())).isInstanceOf(ReportFile.UnwritableException.class);
    assertThat(file).hasContent("old");
    report.write(Map.of("moves", 3));
    assertThat(Files.readString(file)).isEqualTo("{\n  \"moves\" : 3\n}\n");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void a_link_stays_a_link() throws IOException {
    Path file = Files.writeString(folder.resolve("report.json"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link.json"), file);

    ReportFile.at(link).write(Map.of());

    assertThat(link).isSymbolicLink();
    assertThat(file).content().startsWith("{");
  }

  @Test
  void directories_and_missing_directories_are_told_at_once() {
    assertThatThrownBy(() -> ReportFile.at(folder))
        .hasMessage("report file " + folder + ": is a directory; name a file");
    assertThatThrownBy(() -> ReportFile.at(folder.resolve("a/b.json")))
        .hasMessageEndingWith("no such directory: " + folder.resolve("a"));
  }

  @Test
  void no_file_is_no_report() throws IOException {
    ReportFile.NONE.write(Map.of("moves", 3));

    assertThat(folder).isEmptyDirectory();
  }
}

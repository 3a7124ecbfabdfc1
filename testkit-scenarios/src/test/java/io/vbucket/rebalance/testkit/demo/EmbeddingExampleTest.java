package io.vbucket.rebalance.testkit.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.PasswordSource;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingExampleTest {
  @TempDir
  private Path folder;

  @Test
  void the_example_of_the_readme_adds_a_node() throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(3, 2, 12))) {
      Path password = Files.writeString(folder.resolve("password"), EmbeddedCluster.PASSWORD + "\n");
      Credentials credentials = new Credentials(EmbeddedCluster.USER, new PasswordSource.FirstLine(password));
      Path file = Files.writeString(folder.resolve("cluster.conf"), cluster.describe(credentials).render());

      RebalanceSummary summary = EmbeddingExample.addNode(file, "n3");

      assertThat(summary.moved()).isEqualTo(4);
      assertThat(summary.isComplete()).isTrue();
    }
  }

  @Test
  void the_readme_shows_the_example_word_for_word() throws IOException {
    Path sources = Path.of("src/test/java/io/vbucket/rebalance/testkit/demo/EmbeddingExample.java");
    String source = Files.readString(sources);
    String example = source.substring(source.indexOf("// begin") + "// begin".length(), source.indexOf("  // end"));

    assertThat(Files.readString(Path.of("../README.md"))).contains(example.stripTrailing().stripIndent().strip());
  }
}

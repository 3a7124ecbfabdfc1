package io.vbucket.rebalance.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoReportsTest {
  @TempDir
  Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int demo(Object... more) {
    return run("demo --nodes 3 --vbuckets 24 --items 240 --retry-share 0.5 --writers 1 --readers 1 --deleters 1", more);
  }

  private int run(String command, Object... more) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    Arrays.stream(more).map(Object::toString).forEach(arguments::add);
    return ScenarioCli.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new));
  }

  @Test
  void a_demo_leaves_figures_report_page_and_events_that_agree() throws IOException {
    Path figures = folder.resolve("figures.json");
    Path report = folder.resolve("report.json");
    Path page = folder.resolve("report.html");
    Path events = folder.resolve("events.jsonl");

    assertThat(demo("--json", figures, "--report", report, "--html", page, "--events", events)).as(err::toString)
        .isZero();

    ObjectMapper json = new ObjectMapper();
    JsonNode told = json.readTree(report.toFile());
    JsonNode counted = json.readTree(figures.toFile());
    assertThat(told.at("/summary/moved").asInt()).isEqualTo(counted.at("/moves").asInt()).isEqualTo(8);
    assertThat(told.at("/summary/attempts")).isEqualTo(counted.at("/attempts"));
    assertThat(told.at("/summary/retriedMoves")).isEqualTo(counted.at("/retriedMoves"));
    assertThat(told.at("/summary/pauseMillis/count").asInt()).isEqualTo(8);
    assertThat(told.at("/summary/bytes").asLong()).as("80 documents of 256 bytes at least").isGreaterThan(80 * 256);
    JsonNode first = told.at("/stageInfo/data/details/default/vbucketLevelInfo/vbucketInfo/0");
    assertThat(first.at("/afterChain").toString()).isEqualTo("[\"n3\"]");
    assertThat(first.at("/phases").size()).isGreaterThanOrEqualTo(6);
    assertThat(Files.readAllLines(events)).allMatch(line -> line.startsWith("{\"event\":\"")).hasSizeGreaterThan(60);
    assertThat(Files.readString(page)).startsWith("<!DOCTYPE html>").contains("\"moved\":8,");
  }

  /** The node that comes in gets a copy of every vBucket, and nobody deletes. */
  @ParameterizedTest
  @CsvSource({"2, 0", "3, 1"})
  void a_report_tells_as_many_documents_as_were_copied_and_none_left(int nodes, int replicas) throws IOException {
    Path report = folder.resolve("report.json");

    assertThat(run(
        "demo --swap --vbuckets 24 --items 240 --retry-share 0.5 --writers 1 --readers 1 --deleters 0",
        "--nodes", nodes, "--replicas", replicas, "--report", report)).as(err::toString).isZero();

    JsonNode told = new ObjectMapper().readTree(report.toFile());
    JsonNode joined = told.at("/stageInfo/data/details/default/replicationInfo/n" + nodes);
    assertThat(joined.at("/inDocsTotal").asLong()).isEqualTo(240);
    long ofMoves = 0;
    for (JsonNode move : told.at("/stageInfo/data/details/default/vbucketLevelInfo/vbucketInfo")) {
      ofMoves += move.at("/replicationInfo/n" + nodes + "/inDocsTotal").asLong();
      assertThat(move.findValues("inDocsLeft")).as("%s", move.at("/id")).isNotEmpty()
          .allMatch(left -> left.asLong(-1) == 0);
    }
    assertThat(ofMoves).isEqualTo(240);
  }

  @Test
  void a_disk_that_becomes_full_and_a_place_that_is_none_are_told() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "no /dev/full on this system");

    assertThat(demo("--html", full)).isEqualTo(1);
    assertThat(err.toString())
        .contains("the demo has ended, but not all is written", "/dev/full", "No space left on device");
    assertThat(demo("--events", folder.resolve("nowhere").resolve("events"))).isEqualTo(2);
    assertThat(err.toString()).contains("no such directory");
  }

  @Test
  void a_demo_with_two_buckets_reads_every_copy_of_both_and_tells_sums_and_each() throws IOException {
    Path figures = folder.resolve("figures.json");

    assertThat(demo("--buckets", 2, "--replicas", 1, "--json", figures)).as(err::toString).isZero();

    JsonNode counted = new ObjectMapper().readTree(figures.toFile());
    JsonNode buckets = counted.at("/buckets");
    assertThat(buckets.fieldNames()).toIterable().containsExactly("default", "default-2");
    for (JsonNode bucket : buckets) {
      assertThat(bucket.at("/copies/read").asInt()).as("24 vBuckets with a replica each").isEqualTo(48);
      assertThat(bucket.at("/copies/items").asLong()).isGreaterThanOrEqualTo(2 * 200);
      assertThat(bucket.at("/retriedMoves").asInt()).as("destinations asked in each").isPositive();
      assertThat(bucket.has("buckets")).isFalse();
    }
    for (String sum : List.of("/moves", "/retriedMoves", "/operations/done", "/copies/read", "/copies/items")) {
      assertThat(counted.at(sum).asLong()).as(sum).isPositive()
          .isEqualTo(buckets.at("/default" + sum).asLong() + buckets.at("/default-2" + sum).asLong());
    }
    assertThat(counted.at("/lost").asInt(-1)).isZero();
    assertThat(counted.at("/copies/differing").asInt(-1)).isZero();
  }

  @Test
  void a_number_of_buckets_that_cannot_be_is_wrong_usage() {
    assertThat(demo("--buckets", 0)).isEqualTo(2);
    assertThat(err.toString()).contains("0 buckets, 0 at a time: expected 1 to 16");
  }
}

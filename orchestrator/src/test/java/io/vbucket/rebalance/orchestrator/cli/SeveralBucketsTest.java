package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeveralBucketsTest {
  private static final Map<String, Integer> MOVED = Map.of("n1", 3, "n2", 3, "n3", 3, "n4", 3);
  private static final Map<String, Integer> AS_BEFORE = Map.of("n1", 4, "n2", 4, "n3", 4, "n4", 0);

  @TempDir
  Path folder;

  private Program program;
  private MemoryCluster travel;
  private MemoryCluster orders;

  @BeforeEach
  void twoBuckets() throws IOException {
    travel = new MemoryCluster(4, 3, 12);
    orders = new MemoryCluster("orders", 4, 3, 12);
    program = new Program(folder, travel);
    program.severalBuckets("buckets = [travel, { name = orders, priority = 10 }]",
        Map.of("travel", travel, "orders", orders));
  }

  private Program.Result addFourth(Object... more) throws IOException {
    List<Object> options = new ArrayList<>(
        List.of("--add", "n4", "--json", program.json(), "--settings", program.settings("")));
    options.addAll(List.of(more));
    return program.on("run", options.toArray());
  }

  @Test
  void all_buckets_of_the_file_move_those_of_high_priority_first() throws IOException {
    Path events = folder.resolve("events");

    Program.Result result = addFourth("--events", events);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(travel.actives()).isEqualTo(MOVED);
    assertThat(orders.actives()).isEqualTo(MOVED);
    assertThat(result.out().lines().map(line -> line.replaceFirst("in .* s", "in T"))).containsExactly(
        "orders: moves      3 of 3 in T", "orders: retried    0", "orders: attempts   3 with 1",
        "travel: moves      3 of 3 in T", "travel: retried    0", "travel: attempts   3 with 1");
    List<String> told = Files.readAllLines(events);
    assertThat(told.get(0)).contains("\"orders\"");
    assertThat(told.stream().map(line -> line.contains("\"bucket\":\"orders\"")).distinct())
        .as("all of orders, then all of travel").containsExactly(true, false);
    assertThat(program.listeners()).as("interrupts that are still listened to").isZero();
  }

  @Test
  void the_figures_are_the_sums_and_those_of_each_bucket() throws IOException {
    travel.retry(9, 2);
    orders.takeover(10, MemoryCluster.Takeover.REFUSED);

    assertThat(addFourth("--in-parallel", "2").exitCode()).isEqualTo(1);

    JsonNode figures = program.figures();
    assertThat(figures.fieldNames()).toIterable().containsExactly(
        "moves", "moved", "unmoved", "needOperator", "retriedMoves", "attempts", "residue", "stopped", "nodesRead",
        "seconds", "buckets");
    assertThat(figures.at("/moves").asInt()).isEqualTo(6);
    assertThat(figures.at("/moved").asInt()).isEqualTo(5);
    assertThat(figures.at("/retriedMoves").asInt()).isEqualTo(1);
    assertThat(figures.at("/unmoved/0").asText()).startsWith("orders/10 n2->n4: ADD_STREAM_REFUSED");
    assertThat(figures.at("/buckets").fieldNames()).toIterable().containsExactly("orders", "travel");
    assertThat(figures.at("/buckets/orders/moved").asInt()).isEqualTo(2);
    assertThat(figures.at("/buckets/travel/moved").asInt()).isEqualTo(3);
  }

  @Test
  void one_report_and_one_page_hold_all_buckets() throws IOException {
    Path report = folder.resolve("report.json");
    Path page = folder.resolve("page.html");

    assertThat(addFourth("--in-parallel", "2", "--report", report, "--html", page).exitCode()).isZero();

    JsonNode told = new ObjectMapper().readTree(report.toFile());
    assertThat(told.at("/summary/moved").asInt()).isEqualTo(6);
    for (String bucket : List.of("travel", "orders")) {
      assertThat(told.at("/stageInfo/data/details/" + bucket + "/vbucketLevelInfo/vbucketInfo")).hasSize(3);
    }
    assertThat(Files.readString(page)).contains("travel", "orders");
  }

  @Test
  void one_bucket_that_is_refused_does_not_keep_the_other_from_its_turn() throws IOException {
    orders.copy("n4", 0, CopyState.ACTIVE);

    Program.Result result = addFourth();

    assertThat(result.exitCode()).as("not all is done, and something was changed").isEqualTo(1);
    assertThat(travel.actives()).isEqualTo(MOVED);
    assertThat(result.err())
        .contains("rebalance: orders: vb:0 is ACTIVE on n4, but the map says n1 owns it");
    assertThat(result.out()).contains("orders: refused, nothing of it was changed", "travel: moves      3 of 3 in ");
    assertThat(program.figures().at("/buckets/orders/refused/0").asText()).startsWith("vb:0 is ACTIVE on n4");
    assertThat(program.figures().at("/moves").asInt()).isEqualTo(3);
  }

  @Test
  void when_all_buckets_are_refused_it_is_3_as_for_one() throws IOException {
    orders.otherRun("n1");
    travel.noMaps();

    Program.Result result = addFourth("--in-parallel", "2");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains(
        "rebalance: orders: another rebalance, or 'rebalance replicate', of orders is at work on n1",
        "rebalance: travel: no node has a map for bucket travel");
  }

  @Test
  void a_bucket_of_the_file_can_be_chosen_and_then_all_is_as_with_one() throws IOException {
    Program.Result result = addFourth("--bucket", "travel");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(travel.actives()).isEqualTo(MOVED);
    assertThat(orders.actives()).isEqualTo(AS_BEFORE);
    assertThat(result.out()).startsWith("moves      3 of 3 in ");
    assertThat(program.figures().has("buckets")).isFalse();
  }

  @Test
  void a_bucket_that_is_not_in_the_file_is_wrong_usage() throws IOException {
    Program.Result result = addFourth("--bucket", "beer");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith(
        "rebalance: --bucket beer: no such bucket in " + program.clusterFile() + ", which has travel, orders");
  }

  @Test
  void what_is_for_one_bucket_says_how_to_choose_one() throws IOException {
    String advice = " is for one bucket, and " + program.clusterFile()
        + " names travel, orders; choose one with --bucket";

    assertThat(addFourth("--control", "-").err()).startsWith("rebalance: --control" + advice);
    Program.Result saved = program.on("plan", "--add", "n4", "--save", folder.resolve("plan"));
    assertThat(saved.exitCode()).isEqualTo(2);
    assertThat(saved.err()).startsWith("rebalance: --save" + advice);
    Path plan = folder.resolve("plan");
    assertThat(program.on("plan", "--add", "n4", "--save", plan, "--bucket", "orders").exitCode()).isZero();
    assertThat(program.on("run", "--plan", plan).err()).startsWith("rebalance: --plan" + advice);
    assertThat(program.on("run", "--plan", plan, "--bucket", "orders").exitCode()).isZero();
    assertThat(orders.actives()).isEqualTo(MOVED);
  }

  @Test
  void how_many_at_a_time_is_1_to_16() throws IOException {
    assertThat(addFourth("--in-parallel", "0").err()).startsWith("rebalance: --in-parallel 0: expected 1 to 16");
    assertThat(addFourth("--in-parallel", "17").exitCode()).isEqualTo(2);
    assertThat(travel.actives()).isEqualTo(AS_BEFORE);
  }

  @Test
  void an_interrupt_stops_the_bucket_that_moves_and_none_begins_any_more() throws IOException {
    orders.takeover(9, MemoryCluster.Takeover.HELD);
    orders.whenHeld(program::interrupt);

    Program.Result result = addFourth("--grace", "1 ms");

    assertThat(result.exitCode()).isEqualTo(130);
    assertThat(result.out()).contains("orders: stopped before all moves were made",
        "travel: not begun, stopped before its turn came");
    assertThat(travel.actives()).isEqualTo(AS_BEFORE);
    assertThat(program.figures().at("/stopped").asBoolean()).isTrue();
    assertThat(program.figures().at("/buckets/travel/notBegun").asText()).isEqualTo("stopped before its turn came");
    assertThat(program.on("verify").exitCode()).as("what was interrupted was undone").isZero();
  }

  @Test
  void an_interrupt_stops_all_buckets_that_move() throws IOException {
    for (MemoryCluster bucket : List.of(travel, orders)) {
      bucket.takeover(9, MemoryCluster.Takeover.HELD);
    }
    AtomicInteger held = new AtomicInteger();
    Runnable whenBoth = () -> {
      if (held.incrementAndGet() == 2) {
        program.interrupt();
      }
    };
    travel.whenHeld(whenBoth);
    orders.whenHeld(whenBoth);

    Program.Result result = addFourth("--grace", "1 ms", "--in-parallel", "2");

    assertThat(result.exitCode()).isEqualTo(130);
    assertThat(result.out()).contains("orders: stopped before all moves were made",
        "travel: stopped before all moves were made", "orders/9 n1->n4: CANCELLED", "travel/9 n1->n4: CANCELLED");
    assertThat(program.on("verify").exitCode()).as("what was interrupted was undone").isZero();
  }

  @Test
  void verify_plan_and_repair_look_at_every_bucket() throws IOException {
    Program.Result planned = program.on("plan", "--add", "n4", "--json", program.json());
    assertThat(planned.exitCode()).as(planned.err()).isZero();
    assertThat(planned.out()).contains("orders: 3 moves", "travel: 3 moves");
    assertThat(program.figures().at("/buckets/travel/takeovers").asInt()).isEqualTo(3);

    orders.copy("n4", 5, CopyState.REPLICA);
    Program.Result verified = program.on("verify", "--json", program.json());
    assertThat(verified.exitCode()).isZero();
    assertThat(verified.out()).isEqualTo(lines(
        "orders: 12 vBuckets, map revision 1: no differences, 1 left over",
        "orders:   left over: vb:5 has a REPLICA copy on n4",
        "travel: 12 vBuckets, map revision 1: no differences, nothing left over"));
    assertThat(program.figures().at("/buckets/orders/residue")).hasSize(1);

    Program.Result repaired = program.on("repair", "--json", program.json());
    assertThat(repaired.exitCode()).isZero();
    assertThat(repaired.out()).contains("orders: 1 step", "travel: nothing to repair: nodes and map agree");
    assertThat(program.figures().at("/buckets/orders/steps")).hasSize(1);
  }

  @Test
  void a_bucket_that_cannot_be_verified_does_not_hide_the_other() throws IOException {
    orders.trouble("n2", "bucket orders is not there");

    Program.Result result = program.on("verify", "--json", program.json());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("rebalance: orders: node n2", "bucket orders is not there");
    assertThat(result.out()).isEqualTo(
        lines("travel: 12 vBuckets, map revision 1: no differences, nothing left over"));
    assertThat(program.figures().at("/buckets/orders/refused/0").asText()).contains("bucket orders is not there");
  }

  @Test
  void replication_is_kept_in_every_bucket_until_an_interrupt() throws IOException {
    program.whenErr(text -> {
      if (text.contains("travel: replication:") && text.contains("orders: replication:")) {
        program.interrupt();
      }
    });

    Program.Result result = program.on("replicate", "--json", program.json());

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(program.figures().at("/buckets/orders/wanted").asInt(-1)).isZero();
    assertThat(result.err()).contains("replication has ended: none of its streams is left");
  }

  @Test
  void progress_names_the_buckets_that_move_and_how_many_wait() throws IOException {
    orders.takeover(9, MemoryCluster.Takeover.HELD);
    program.whenErr(text -> {
      if (text.contains("orders; 1 bucket waits: 2 of 3 moves ended")) {
        orders.release();
      }
    });

    Program.Result result = addFourth();

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err().lines()).last().asString().matches("2 buckets: 6 of 6 moves ended after \\d+ s");
  }
}

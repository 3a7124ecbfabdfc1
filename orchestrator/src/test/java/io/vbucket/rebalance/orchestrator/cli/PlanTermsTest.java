package io.vbucket.rebalance.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.PlanTerms;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTermsTest {
  private static final int VBUCKETS = 60;

  @TempDir
  Path folder;

  private Program program;
  private MemoryCluster cluster;

  @BeforeEach
  void fourNodes() throws IOException {
    cluster = new MemoryCluster(4, 3, VBUCKETS);
    program = new Program(folder, cluster);
  }

  /** The chains afterwards, active first. */
  private List<List<String>> plan(String... options) throws IOException {
    List<Object> all = new ArrayList<>(List.of("--json", program.json()));
    all.addAll(List.of(options));
    Program.Result result = program.on("plan", all.toArray());
    assertThat(result.exitCode()).as(result.err()).isZero();
    List<List<String>> chains = new ArrayList<>();
    for (JsonNode chain : program.figures().at("/chains")) {
      List<String> nodes = new ArrayList<>();
      chain.forEach(node -> nodes.add(node.isNull() ? null : node.asText()));
      chains.add(nodes);
    }
    return chains;
  }

  @Test
  void a_node_with_twice_the_weight_gets_twice_the_vbuckets() {
    Program.Result result = program.on("run", "--add", "n4", "--weight", "n4=2,n1=1", "--quiet");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(cluster.actives()).isEqualTo(Map.of("n1", 12, "n2", 12, "n3", 12, "n4", 24));
  }

  @Test
  void locked_vbuckets_stay_where_they_are_and_others_move_in_their_place() throws IOException {
    List<List<String>> free = plan("--add", "n4");
    Set<Integer> moved = new TreeSet<>();
    for (int vbucket = 0; vbucket < VBUCKETS; vbucket++) {
      if (free.get(vbucket).contains("n4")) {
        moved.add(vbucket);
      }
    }
    assertThat(moved).hasSize(15);

    String locked = String.join(",", moved.stream().map(String::valueOf).toList());
    List<List<String>> chains = plan("--add", "n4", "--locked", locked);

    assertThat(moved).allSatisfy(vbucket -> assertThat(chains.get(vbucket)).containsExactly("n" + (vbucket % 3 + 1)));
    assertThat(chains.stream().filter(chain -> chain.contains("n4"))).hasSize(15);
    assertThat(plan("--add", "n4", "--locked", "0-58").stream().filter(chain -> chain.contains("n4"))).hasSize(1);
  }

  @Test
  void a_node_replicates_to_no_more_than_the_given_number_of_others() throws IOException {
    assertThat(mostPartners(plan("--add", "n4", "--replicas", "1"))).isEqualTo(3);
    assertThat(mostPartners(plan("--add", "n4", "--replicas", "1", "--max-partners", "1"))).isEqualTo(1);
  }

  private static int mostPartners(List<List<String>> chains) {
    Map<String, Set<String>> partners = new HashMap<>();
    chains.forEach(chain -> partners.computeIfAbsent(chain.get(0), node -> new HashSet<>()).add(chain.get(1)));
    return partners.values().stream().mapToInt(Set::size).max().orElseThrow();
  }

  @Test
  void another_seed_may_choose_another_plan_and_the_same_seed_chooses_the_same() throws IOException {
    List<List<String>> usual = plan("--add", "n4", "--replicas", "1");

    assertThat(plan("--add", "n4", "--replicas", "1", "--seed", "1")).isEqualTo(usual);
    Set<List<List<String>>> plans = new HashSet<>();
    for (String seed : List.of("2", "3")) {
      List<List<String>> other = plan("--add", "n4", "--replicas", "1", "--seed", seed);
      assertThat(plan("--add", "n4", "--replicas", "1", "--seed", seed)).isEqualTo(other);
      plans.add(other);
    }
    assertThat(plans).anyMatch(other -> !other.equals(usual));
  }

  @Test
  void a_node_that_comes_back_gets_the_map_of_before_that_the_past_report_tells() throws IOException {
    String report = folder.resolve("away.json").toString();
    assertThat(program.on("run", "--move", "0=n2,1=n1,30=n3,32=n1", "--quiet").exitCode()).isZero();
    List<List<String>> odd = plan();

    assertThat(program.on("run", "--remove", "n1", "--report", report, "--quiet").exitCode()).isZero();

    assertThat(plan("--add", "n1")).isNotEqualTo(odd);
    assertThat(plan("--add", "n1", "--past-report", report)).isEqualTo(odd);
    assertThat(program.on("plan", "--add", "n1", "--past-report", report).out())
        .contains("note: the chains become those of a past map again");
    assertThat(program.on("plan", "--past-report", report).out()).contains("note: no past map is taken again");
  }

  @Test
  void a_service_remembers_the_maps_of_before_its_own_runs() throws IOException {
    assertThat(program.on("run", "--move", "0=n2,1=n1,30=n3,32=n1", "--quiet").exitCode()).isZero();
    List<List<String>> odd = plan();

    try (Rebalancer service =
        new Rebalancer("travel", List.of("n1", "n2", "n3", "n4"), RebalanceSettings.load(), cluster)) {
      service.start(RebalanceRequest.removing("n1")).toCompletableFuture().join();
      service.start(RebalanceRequest.adding("n1")).toCompletableFuture().join();
    }

    assertThat(plan()).isEqualTo(odd);
  }

  @Test
  void what_cannot_be_had_on_these_nodes_is_told_and_stands_in_the_report() throws IOException {
    Path report = folder.resolve("run.json");

    Program.Result result =
        program.on("run", "--remove", "n3", "--replicas", "2", "--report", report.toString());

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("note: travel: 2 replicas need 3 nodes, there are 2: chains keep holes at the end");
    assertThat(Files.readString(report)).contains("2 replicas need 3 nodes");
  }

  @Test
  void a_past_report_that_is_none_is_wrong_usage() throws IOException {
    Path none = Files.writeString(folder.resolve("none.json"), "{}");

    assertWrong("--past-report " + none + ": neither a report", "--past-report", none.toString());
    assertWrong("--past-report away.json: no such file; 'rebalance run --report' writes one",
        "--past-report", "away.json");
    assertWrong("--move goes alone", "--move", "7=n4", "--past-report", none.toString());
  }

  @Test
  void what_is_out_of_range_or_unknown_is_wrong_usage() {
    assertWrong("--weight n9: no such node in " + program.clusterFile(), "--weight", "n9=2");
    assertWrong("weight of node n1 is 0.0, allowed is any number above 0", "--weight", "n1=0");
    assertWrong("weight of node n1 is NaN, allowed is any number above 0", "--weight", "n1=NaN");
    assertWrong("--locked 'all': expected the number of a vBucket such as 17, or a range", "--locked", "all");
    assertWrong("at most 0 replication partners: allowed is 1 or more", "--max-partners", "0");
    assertWrong("--move goes alone", "--move", "7=n4", "--weight", "n4=2");
    assertWrong("--fail-over goes alone", "--fail-over", "n1", "--seed", "3");
    assertThat(program.execute("plan", "--input", "none.json", "--locked", "3").err())
        .contains("--input plans without a cluster; leave out");
  }

  @Test
  void a_locked_vbucket_that_cannot_stay_is_refused_with_the_reason() {
    Program.Result leaving = program.on("run", "--remove", "n1", "--locked", "0");
    assertThat(leaving.exitCode()).isEqualTo(3);
    assertThat(leaving.err()).contains("vBucket 0 is locked and has a copy on node n1, which is to be removed");

    Program.Result missing = program.on("run", "--add", "n4", "--locked", "59-60");
    assertThat(missing.exitCode()).isEqualTo(3);
    assertThat(missing.err()).contains("locked vBucket 60 does not exist, there are 60");
  }

  @Test
  void vbuckets_are_locked_in_one_bucket() throws IOException {
    program.severalBuckets("buckets = [travel, orders]",
        Map.of("travel", cluster, "orders", new MemoryCluster("orders", 4, 3, 12)));

    assertWrong("--locked is for one bucket", "--add", "n4", "--locked", "3");
  }

  @Test
  void terms_are_for_even_shares_only() {
    PlanTerms terms = PlanTerms.USUAL.withSeed(3);
    RebalanceRequest byHand = RebalanceRequest.moving(Map.of(3, "n4"));
    RebalanceRequest failover = RebalanceRequest.failingOver("n1");

    assertThatThrownBy(() -> byHand.withTerms(terms)).hasMessageContaining("together with terms for even shares");
    assertThatThrownBy(() -> failover.withTerms(terms)).hasMessageContaining("ask for one after the other");
    assertThat(byHand.withTerms(PlanTerms.USUAL)).isEqualTo(byHand);
  }

  private void assertWrong(String message, Object... options) {
    Program.Result result = program.on("run", options);
    assertThat(result.err()).startsWith("rebalance: " + message);
    assertThat(result.exitCode()).isEqualTo(2);
  }
}

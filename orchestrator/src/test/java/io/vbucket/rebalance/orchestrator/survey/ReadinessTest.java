package io.vbucket.rebalance.orchestrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReadinessTest {
  private static final BucketConfig CONFIG =
      BucketConfig.initial("travel", List.of("127.0.0.1:1", "127.0.0.1:2"), new int[] {0, 1});

  private static Readiness listed(String n1, String n2) {
    Map<String, String> servers = new LinkedHashMap<>();
    servers.put("n1", n1);
    servers.put("n2", n2);
    return new Readiness("travel", servers);
  }

  private static Survey.Findings found(Map<Integer, CopyState> onN2, List<String> runsOnN1, List<String> runsOnN2) {
    return new Survey.Findings(Map.of(
        "n1", new NodeFindings("n1", CONFIG, Map.of(0, CopyState.ACTIVE), runsOnN1, ""),
        "n2", new NodeFindings("n2", CONFIG, onN2, runsOnN2, "")));
  }

  private static Survey.Findings runs(List<String> onN1, List<String> onN2) {
    return found(Map.of(1, CopyState.ACTIVE), onN1, onN2);
  }

  @Test
  void each_run_at_work_is_one_line_with_all_its_nodes_and_a_way_out_that_works() {
    assertThat(listed("127.0.0.1:1", "127.0.0.1:2").otherRuns(runs(List.of("b-1", "a-1"), List.of("a-1"))))
        .containsExactly(
            "another rebalance, or 'rebalance replicate', of travel is at work on n1, n2 (run a-1), or was started in the same"
                + " instant and goes first: stop it or wait for its end, then start this one again; to rebalance while"
                + " replication is kept use 'run --keep-replicating'",
            "another rebalance, or 'rebalance replicate', of travel is at work on n1 (run b-1), or was started in the same"
                + " instant and goes first: stop it or wait for its end, then start this one again; to rebalance while"
                + " replication is kept use 'run --keep-replicating'");
  }

  @Test
  void who_only_looks_is_told_whose_the_findings_may_be() {
    assertThat(listed("127.0.0.1:1", "127.0.0.1:2").atWork(runs(List.of("a-1"), List.of("a-1")))).containsExactly(
        "run a-1 is at work on n1, n2 (a rebalance or replicate): what follows may be its");
    assertThat(listed("127.0.0.1:1", "127.0.0.1:2").atWork(runs(List.of(), List.of()))).isEmpty();
  }

  @Test
  void an_owner_is_called_as_the_cluster_file_calls_it() {
    Survey.Findings twoActives = found(Map.of(0, CopyState.ACTIVE, 1, CopyState.ACTIVE), List.of(), List.of());

    assertThat(listed("127.0.0.1:1", "127.0.0.1:2").differences(CONFIG, twoActives))
        .containsExactly("vb:0 is ACTIVE on n2, but the map says n1 owns it");
  }

  @Test
  void a_node_that_is_listed_under_another_address_is_not_to_be_added_a_second_time() {
    assertThat(listed("localhost:1", "127.0.0.1:2").blindness(runs(List.of(), List.of()))).containsExactly(
        "the map names node 127.0.0.1:1, which the cluster file does not list: node n1 is listed as localhost:1; if that is"
            + " the same node, write its address as the map has it, otherwise add 127.0.0.1:1");
    assertThat(listed("elsewhere:11", "127.0.0.1:2").blindness(runs(List.of(), List.of()))).containsExactly(
        "the map names node 127.0.0.1:1, which the cluster file does not list: add it there with the host and the port that the"
            + " map has, or write its address as the map has it, if it is listed under another");
  }

  @Test
  void a_node_that_the_map_names_by_its_listed_address_is_not_taken_for_another_with_the_same_port() {
    BucketConfig samePorts =
        BucketConfig.initial("travel", List.of("a:11210", "b:11210"), new int[] {0, 1});
    Map<String, String> servers = Map.of("n1", "a:11210");
    Survey.Findings findings =
        new Survey.Findings(Map.of("n1", new NodeFindings("n1", samePorts, Map.of(), List.of(), "")));

    assertThat(new Readiness("travel", servers).blindness(findings)).singleElement().asString()
        .contains("b:11210", "add it there").doesNotContain("n1");
  }
}

package io.vbucket.rebalance.orchestrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResidueCheckTest {
  private static final Map<String, String> SERVERS = Map.of("a", "127.0.0.1:1", "b", "127.0.0.1:2");
  private static final BucketConfig CONFIG =
      BucketConfig.initial("travel", List.of("127.0.0.1:1", "127.0.0.1:2"), new int[] {0, 1});
  private static final RunConnection MINE =
      new RunConnection("replication:rebalance-r1-1:a->b:travel", Set.of());
  private static final RunConnection STREAMING =
      new RunConnection("replication:rebalance-r1-1:a->b:travel", Set.of(0));
  private static final RunConnection OTHER =
      new RunConnection("replication:rebalance-r12-1:a->b:travel", Set.of(1));

  private static Survey.Findings findings(Map<Integer, CopyState> onB, List<RunConnection> connections) {
    return new Survey.Findings(Map.of(
        "a", new NodeFindings("a", CONFIG, Map.of(0, CopyState.ACTIVE), List.of(), List.of(), ""),
        "b", new NodeFindings("b", CONFIG, onB, List.of(), connections, "")));
  }

  @Test
  void nodesThatHaveJustWhatTheMapSaysHaveNoResidue() {
    ResidueCheck check =
        ResidueCheck.afterRun(CONFIG, findings(Map.of(1, CopyState.ACTIVE), List.of()), SERVERS, "r1");
    assertThat(check.all()).isEmpty();
    assertThat(check.nodes()).isEqualTo(2);
  }

  @Test
  void aCopyOutsideOfItsChainIsResidueUnlessItIsActiveWhichIsWorse() {
    Map<Integer, CopyState> onB = Map.of(0, CopyState.REPLICA, 1, CopyState.ACTIVE, 7, CopyState.DEAD);
    assertThat(ResidueCheck.of(CONFIG, findings(onB, List.of()), SERVERS).lines())
        .containsExactly("vb:0 has a REPLICA copy on b", "vb:7 has a DEAD copy on b");
    assertThat(ResidueCheck.of(CONFIG, findings(Map.of(0, CopyState.ACTIVE), List.of()), SERVERS).lines()).isEmpty();
  }

  @Test
  void aConnectionIsResidueOfItsOwnRunOnlyAndWhilePausedOnlyWithStreams() {
    Map<Integer, CopyState> onB = Map.of(1, CopyState.ACTIVE);
    assertThat(ResidueCheck.afterRun(CONFIG, findings(onB, List.of(MINE, OTHER)), SERVERS, "r1").lines())
        .containsExactly("node b has DCP connection replication:rebalance-r1-1:a->b:travel");
    assertThat(ResidueCheck.whilePaused(CONFIG, findings(onB, List.of(MINE, OTHER)), SERVERS, "r1").lines()).isEmpty();
    assertThat(ResidueCheck.whilePaused(CONFIG, findings(onB, List.of(STREAMING)), SERVERS, "r1").lines())
        .containsExactly(
            "node b has DCP connection replication:rebalance-r1-1:a->b:travel with streams of vBuckets [0]");
    assertThat(ResidueCheck.of(CONFIG, findings(onB, List.of(MINE, OTHER)), SERVERS).lines()).hasSize(2);
  }

  @Test
  void aNodeThatCannotBeReadIsNotTakenForClean() {
    Survey.Findings findings = new Survey.Findings(Map.of(
        "a", new NodeFindings("a", CONFIG, Map.of(0, CopyState.ACTIVE), List.of(), ""),
        "b", NodeFindings.troubled("b", "node b (127.0.0.1:2): no answer in time")));
    ResidueCheck check = ResidueCheck.afterRun(CONFIG, findings, SERVERS, "r1");
    assertThat(check.lines()).isEmpty();
    assertThat(check.all()).containsExactly("not known: node b (127.0.0.1:2): no answer in time");
    assertThat(check.nodes()).isEqualTo(1);
  }

  @Test
  void connectionsAndTheirStreamsAreReadFromTheStatsOfANode() {
    Map<String, String> stats = new LinkedHashMap<>();
    stats.put("ep_dcp_count", "3");
    stats.put("eq_dcpq:replication:n1->n2:travel:type", "producer");
    stats.put("eq_dcpq:rebalance-run:travel:r1:type", "producer");
    stats.put("eq_dcpq:replication:rebalance-r1-1:a->b:travel:type", "consumer");
    stats.put("eq_dcpq:replication:rebalance-r1-1:a->b:travel:stream_7_state", "reading");
    stats.put("eq_dcpq:replication:rebalance-r1-1:a->b:travel:stream_8_state", "dead");
    stats.put("eq_dcpq:replication:rebalance-r1-1:a->b:travel:stream_7_opaque", "5");
    assertThat(RunConnection.of(stats))
        .containsExactly(new RunConnection("replication:rebalance-r1-1:a->b:travel", Set.of(7)));
  }
}

package io.vbucket.rebalance.testkit.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.testkit.script.ScriptException;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnlyByRelayTest {
  private static List<String> refused(String cluster, String ask) {
    return OnlyByRelay.refuse(ScriptParser.parse("here.conf", String.join("\n",
        "scenario = \"chains\"",
        "cluster { nodes = [a, b], writers = 0 " + cluster + " }",
        "ask { " + ask + " }",
        "expect { outcome = moved }")).get(0)).stream().map(ScriptException.Mistake::toString).toList();
  }

  @Test
  void chainsAndTheirCopiesAreOnlyForNodesOfOurOwn() {
    assertThat(refused(", replicas = 1", "moves { 0 = [b, a] }")).containsExactly(
        "here.conf:1: \"ask { moves } with chains\": not on stage cluster: the chains there are the cluster's own; ask for moves to other owners",
        "here.conf:1: \"cluster { replicas }\": not on stage cluster: every copy is read back, which only a node of our own allows");
    assertThat(refused(", replicas = 1", "moves { 0 = b }")).singleElement().asString()
        .contains("cluster { replicas }");
  }

  @Test
  void movesWithoutReplicasCanBePlayed() {
    assertThat(refused("", "moves { 0 = b }")).isEmpty();
  }
}

package io.vbucket.rebalance.testkit.script.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import io.vbucket.rebalance.testkit.stage.SimulatedStage;
import org.junit.jupiter.api.Test;

/** What is not as a chain says is found, whatever the script expects. */
class ChainCheckTest {
  private static ScenarioResult play(String cluster, String line) {
    return new ScenarioRunner(() -> new SimulatedStage(1)).run(ScriptParser.parse("here.conf", String.join("\n",
        "scenario = \"a chain\"",
        "cluster { nodes = [a, b, c], vbuckets = 2, replicas = 1, chains { 0 = [a, b], 1 = [a, b] }, " + cluster + " }",
        "ask { moves { 0 = [c, a] } }",
        "script = [",
        line,
        "]",
        "expect { outcome = moved }")).get(0));
  }

  @Test
  void aChainThatIsMovedIsReadBackFromAllItsNodes() {
    assertThat(play("writers = 1", "").problems()).isEmpty();
    assertThat(play("writers = 0", "").problems()).isEmpty();
    assertThat(play("writers = 2, keep-replicating = true", "").problems()).isEmpty();
  }

  @Test
  void aScriptMaySayWhichChainTheMapMustHave() {
    ScenarioResult result = new ScenarioRunner(() -> new SimulatedStage(1)).run(ScriptParser.parse(
        "here.conf",
        String.join("\n",
            "scenario = \"a chain\"",
            "cluster { nodes = [a, b, c], vbuckets = 2, replicas = 1, writers = 0, chains { 0 = [a, none], 1 = [a, b] } }",
            "ask { moves { 0 = [a, c] } }",
            "expect { outcome = moved, chains { 0 = [a, none], 1 = [a, b] } }"))
        .get(0));

    assertThat(result.problems()).containsExactly("chains: 0 = [a, null] expected, but the map says [a, c]");
  }

  @Test
  void aNodeOutsideOfTheChainThatHoldsACopyIsFound() {
    ScenarioResult result = play("writers = 0", "{ when = moved, do = \"set b replica\", vbucket = 0 }");

    assertThat(result.problems()).containsExactly("I3: vb:0 is replica on b, expected absent by the chain [c, a]");
  }

  @Test
  void aReplicaThatWasNotFilledIsFound() {
    ScenarioResult result = play("writers = 0",
        "{ when = moved, do = [\"set a absent\", \"set a replica\"], vbucket = 0 }");

    assertThat(result.problems()).singleElement().asString()
        .startsWith("I2: the replica of vb:0 on a has come to seqno 0 only, expected ");
  }

  @Test
  void anItemThatAReplicaDidNotGetIsFound() {
    ScenarioResult result = play("writers = 2, keep-replicating = true",
        "{ drop = \"b received MUTATION\", attempt = 0, vbucket = 1 }");

    assertThat(result.problems()).isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).startsWith("I2: the replica of vb:1 on b "));
  }

  @Test
  void aReplicaThatNobodyFillsThoughReplicationIsKeptIsFound() {
    ScenarioResult result = play("writers = 0, keep-replicating = true",
        "{ drop = \"a received ADD_STREAM\", attempt = 0, vbucket = 0, from = map-committed, count = all }");

    assertThat(result.problems()).contains("I3: vb:0 on a is filled by no stream, though replication is kept");
  }

  @Test
  void anActiveThatForgotItsTopologyIsFound() {
    ScenarioResult result = play("writers = 0",
        "{ refuse = \"c received SET_VBUCKET(active)\", with = ETMPFAIL, vbucket = 0, from = commit-started, count = all }");

    assertThat(result.problems()).anySatisfy(
        problem -> assertThat(problem).startsWith("I3: c was told for vb:0 the topology "));
  }
}

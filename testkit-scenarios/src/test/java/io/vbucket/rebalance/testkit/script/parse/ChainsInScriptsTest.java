package io.vbucket.rebalance.testkit.script.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChainsInScriptsTest {
  private static List<Scenario> parse(String cluster, String ask) {
    return ScriptParser.parse("here.conf", String.join("\n",
        "scenario = \"chains\"",
        "cluster { nodes = [a, b, c], vbuckets = 4",
        cluster,
        "}",
        "ask {",
        ask,
        "}",
        "expect { outcome = moved }"));
  }

  @Test
  void theMembersThatFollowTheOwnerHoldTheReplicas() {
    Scenario scenario = parse("replicas = 1, owners { 1 = c }", "moves { 0 = b }").get(0);

    assertThat(scenario.cluster().replicas()).isEqualTo(1);
    assertThat(scenario.cluster().chains()).containsExactly(
        List.of("a", "b"), List.of("c", "a"), List.of("c", "a"), List.of("a", "b"));
    assertThat(scenario.cluster().keepsReplicating()).isFalse();
  }

  @Test
  void chainsAreSaidWithHolesAndShortOnesEndInHoles() {
    Scenario scenario = parse(
        "replicas = 2, chains { 0 = [a, none, c], 3 = [b] }, keep-replicating = true",
        "moves { 0 = [b, a], 3 = [b, a, c] }").get(0);

    assertThat(scenario.cluster().chains().get(0)).containsExactly("a", null, "c");
    assertThat(scenario.cluster().chains().get(3)).containsExactly("b", null, null);
    assertThat(scenario.cluster().keepsReplicating()).isTrue();
    assertThat(((Ask.Chains) scenario.ask()).newChains().get(0)).isEqualTo(Arrays.asList("b", "a", null));
    assertThat(((Ask.Chains) scenario.ask()).newChains().get(3)).containsExactly("b", "a", "c");
  }

  @Test
  void everyStepOfTheFirstChainIsAChoiceOfTheMatrix() {
    List<Scenario> rows = ScriptParser.parse("here.conf", String.join("\n",
        "scenario = \"chains\"",
        "matrix { at = steps }",
        "cluster { nodes = [a, b, c], replicas = 1, chains { 1 = [a, b], 2 = [b, a] } }",
        "ask { moves { 2 = [b, a], 1 = [c, a] } }",
        "script = [ { when = \"$at\", do = \"pause park\" } ]",
        "expect { outcome = moved }"));

    assertThat(rows).extracting(row -> row.matrix().get("at"))
        .isEqualTo(MoveSteps.ofChain(1, List.of("a", "b"), List.of("c", "a")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      replicas = 4                                     | moves { 0 = b }        | 3 | replicas = 4: expected a whole number from 0 to 3
      replicas = 3                                     | moves { 0 = b }        | 3 | replicas = 3: expected at most 2, since 3 nodes hold copies at the beginning
      replicas = 1, chains { 0 = [a, b, c] }           | moves { 0 = b }        | 3 | chains: vbucket 0 has 3 copies, expected at most 2, since cluster has replicas = 1
      replicas = 1, chains { 0 = [a, a] }              | moves { 0 = b }        | 3 | chains: vbucket 0 names a twice: a node holds one copy of a vBucket
      replicas = 1, chains { 0 = [none, a] }           | moves { 0 = b }        | 3 | chains: vbucket 0 has no active: expected a node in the first place
      replicas = 1, chains { 0 = [a, x] }              | moves { 0 = b }        | 3 | no node x; allowed are a, b, c
      replicas = 1, chains { 9 = [a, b] }              | moves { 0 = b }        | 3 | chains: vbucket 9: expected 0 to 3
      replicas = 1, chains { 0 = a }                   | moves { 0 = b }        | 3 | chains: vbucket 0 = "a": expected the nodes of its copies, the active first, such as [a, b]
      replicas = 1, chains = [a, b]                    | moves { 0 = b }        | 3 | chains = ["a","b"]: expected chains { 0 = [a, b], 1 = [b, none] }
      replicas = 1, chains { 0 = [a, b] }, owners { 0 = a } | moves { 0 = b }   | 3 | vbucket 0 stands in owners and in chains: choose one
      keep-replicating = true                          | moves { 0 = b }        | 3 | keep-replicating without replicas: expected replicas = 1 to 3
      replicas = 1, keep-replicating = yes             | moves { 0 = b }        | 3 | keep-replicating = yes: expected true or false
      replicas = 1                                     | moves { 0 = [b, a, c] } | 6 | moves: vbucket 0 has 3 copies, expected at most 2
      replicas = 1                                     | moves { 0 = [b, a], 1 = c } | 6 | moves: vbucket 1 = "c": expected the nodes of its copies
      replicas = 1, chains { 2 = [b, a] }              | "move { vbucket = 2, from = a, to = b }" | 3 | vbucket 2 moves from a, so a must be its active
      """)
  void aMistakeIsToldWithItsLineAndWhatIsAllowed(String cluster, String ask, int line, String message) {
    ScriptException wrong = catchThrowableOfType(ScriptException.class, () -> parse(cluster, ask));

    assertThat(wrong.mistakes()).singleElement().satisfies(mistake -> {
      assertThat(mistake.place().line()).isEqualTo(line);
      assertThat(mistake.text()).startsWith(message);
    });
  }

  @Test
  void stepsNeedToKnowBothChains() {
    ScriptException wrong = catchThrowableOfType(ScriptException.class,
        () -> ScriptParser.parse("here.conf", String.join(
            "\n",
            "scenario = \"chains\"",
            "matrix { at = steps }",
            "cluster { nodes = [a, b, c], replicas = 1 }",
            "ask { moves { 1 = [c, a] } }",
            "expect { outcome = moved }")));

    assertThat(wrong.mistakes()).singleElement().satisfies(mistake -> {
      assertThat(mistake.place().line()).isEqualTo(2);
      assertThat(mistake.text()).contains("cluster { chains { 0 = [a, b] } }");
    });
  }
}

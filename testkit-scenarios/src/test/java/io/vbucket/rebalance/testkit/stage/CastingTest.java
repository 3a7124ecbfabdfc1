package io.vbucket.rebalance.testkit.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which nodes of a cluster file play those of a script. */
class CastingTest {
  private static final List<NodeAddress> FOUR = nodes("n1", "n2", "n3", "n4");

  private static List<NodeAddress> nodes(String... names) {
    return Stream.of(names).map(name -> new NodeAddress(name, "127.0.0.1", name.charAt(1) - '0')).toList();
  }

  private static Scenario script(String nodes, String ask) {
    return ScriptParser.parse("script.conf", String.join("\n",
        "scenario = \"a move\"",
        "cluster { nodes = [" + nodes + "], vbuckets = 4 }",
        "ask { " + ask + " }",
        "expect { outcome = moved }")).get(0);
  }

  /** The chain of every vBucket, by the last digit of the nodes' ports. */
  private static Casting cast(Scenario scenario, List<NodeAddress> nodes, int... chain) {
    List<String> servers = Arrays.stream(chain).mapToObj(port -> "127.0.0.1:" + port).toList();
    return Casting.of(scenario, nodes, vbucket -> servers);
  }

  private static List<String> players(Casting casting) {
    return casting.roles().entrySet().stream().map(role -> role.getKey() + "=" + role.getValue().name()).toList();
  }

  @Test
  void withoutReplicasTheOthersFollowInTheOrderOfTheFile() {
    assertThat(players(cast(script("a, b, c", "move { vbucket = 2, from = a, to = c }"), FOUR, 2)))
        .containsExactly("a=n2", "b=n1", "c=n3");
  }

  @Test
  void aNodeThatHoldsAReplicaIsNotChosenAsTheDestination() {
    assertThat(players(cast(script("a, b", "move { vbucket = 2, from = a, to = b }"), FOUR, 2, 1)))
        .containsExactly("a=n2", "b=n3");
  }

  @Test
  void aNodeThatOnlyLooksOnLeavesThoseWithoutACopyToTheDestination() {
    assertThat(
        players(cast(script("a, b, c", "move { vbucket = 2, from = a, to = c }"), nodes("n1", "n2", "n3"), 2, 3)))
        .containsExactly("a=n2", "b=n3", "c=n1");
  }

  @Test
  void aScriptIsRefusedWhenEveryNodeThatIsLeftHoldsACopy() {
    assertThatThrownBy(
        () -> cast(script("a, b", "move { vbucket = 2, from = a, to = b }"), nodes("n1", "n2"), 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("vb:2 shall move to b, played by n1, which holds a replica of it: ");
  }

  @Test
  void aNodeThatPlaysByItsNameIsRefusedWhenItHoldsACopy() {
    assertThatThrownBy(
        () -> cast(script("n2, n1", "move { vbucket = 2, from = n2, to = n1 }"), FOUR, 2, 1))
        .hasMessageStartingWith("vb:2 shall move to n1, played by n1, which holds a replica of it: ");
  }
}

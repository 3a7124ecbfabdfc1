package io.vbucket.rebalance.testkit.script.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MoveStepsTest {
  @Test
  void theStepsOfAChainAreThoseOfEachOfItsCopiesOfItsTopologiesAndOfItsTakeover() {
    List<String> steps = MoveSteps.ofChain(3, List.of("a", "b", "c"), List.of("d", "b", "a"));

    assertThat(steps).doesNotHaveDuplicates().containsSubsequence(
        "move-started of vbucket 3",
        "d is replica of vbucket 3",
        "b received ADD_STREAM of vbucket 3 in attempt 0",
        "persistence-started of vbucket 3",
        "a received SET_VBUCKET(active) of vbucket 3",
        "b received SEQNO_PERSISTENCE of vbucket 3 since a received SET_VBUCKET(active) of vbucket 3",
        "a is dead of vbucket 3",
        "d is active of vbucket 3",
        "commit-started of vbucket 3",
        "b received CLOSE_STREAM of vbucket 3 in attempt 0 since commit-started of vbucket 3",
        "d received SET_VBUCKET(active) of vbucket 3 since commit-started of vbucket 3",
        "a received SET_VBUCKET(replica) of vbucket 3",
        "c received DEL_VBUCKET of vbucket 3");
  }

  @Test
  void whereTheActiveStaysThereIsNoTakeoverAndAHoleHasNoSteps() {
    List<String> steps = MoveSteps.ofChain(0, Arrays.asList("a", "b", null), Arrays.asList("a", null, "c"));

    assertThat(steps).noneMatch(step -> step.contains("attempt 1") || step.contains("dead") || step.contains("null"));
    assertThat(steps).contains("c is replica of vbucket 0", "b received DEL_VBUCKET of vbucket 0");
    assertThat(steps).doesNotContain("a received DEL_VBUCKET of vbucket 0");
  }

  @Test
  void aChainOfOneKnowsNoTopology() {
    List<String> steps = MoveSteps.ofChain(0, List.of("a"), List.of("b"));

    assertThat(steps).contains("a is dead of vbucket 0", "a received DEL_VBUCKET of vbucket 0");
    assertThat(steps).noneMatch(step -> step.contains("SET_VBUCKET(active)"));
  }
}

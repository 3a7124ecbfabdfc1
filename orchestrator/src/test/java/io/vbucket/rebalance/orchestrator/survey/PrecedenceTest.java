package io.vbucket.rebalance.orchestrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
  private static Survey.Findings seen(List<String> onN1, List<String> onN2) {
    return new Survey.Findings(Map.of(
        "n1", new NodeFindings("n1", null, Map.of(), onN1, ""),
        "n2", new NodeFindings("n2", null, Map.of(), onN2, "")));
  }

  @Test
  void of_runs_that_see_each_other_the_one_whose_name_comes_first_waits_for_the_others() {
    assertThat(Precedence.isFirst("a-1", seen(List.of("b-1"), List.of("b-1", "c-1")))).isTrue();
    assertThat(Precedence.isFirst("b-1", seen(List.of("a-1"), List.of("c-1")))).isFalse();
    assertThat(Precedence.isFirst("c-1", seen(List.of("a-1", "b-1"), List.of()))).isFalse();
  }

  @Test
  void a_run_that_sees_nobody_waits_for_nobody() {
    assertThat(Precedence.isFirst("a-1", seen(List.of(), List.of()))).isFalse();
  }

  @Test
  void a_run_that_could_not_read_a_node_waits_for_nobody_either() {
    Map<String, NodeFindings> byNode = new TreeMap<>(seen(List.of("b-1"), List.of()).byNode());
    byNode.put("n2", NodeFindings.troubled("n2", "n2 does not answer"));

    assertThat(Precedence.isFirst("a-1", new Survey.Findings(byNode))).isFalse();
  }

  /** In whatever order the nodes show them to each other: at least one sees the other on each node. */
  @Test
  void of_two_runs_at_most_one_goes_on_at_once_and_at_most_one_waits() {
    List<List<String>> views = List.of(List.of(), List.of("other"));
    List<String> checked = new ArrayList<>();
    for (List<String> firstOnN1 : views) {
      for (List<String> firstOnN2 : views) {
        for (List<String> secondOnN1 : views) {
          for (List<String> secondOnN2 : views) {
            boolean possible = !(firstOnN1.isEmpty() && secondOnN1.isEmpty())
                && !(firstOnN2.isEmpty() && secondOnN2.isEmpty());
            if (possible) {
              Survey.Findings first = seen(named(firstOnN1, "b"), named(firstOnN2, "b"));
              Survey.Findings second = seen(named(secondOnN1, "a"), named(secondOnN2, "a"));
              assertThat(seesNobody(first) && seesNobody(second)).as("both act: %s, %s", first, second).isFalse();
              assertThat(Precedence.isFirst("a", first) && Precedence.isFirst("b", second)).isFalse();
              boolean bothGiveUp = !seesNobody(first) && !Precedence.isFirst("a", first) && !seesNobody(second)
                  && !Precedence.isFirst("b", second);
              assertThat(bothGiveUp).as("both give up: %s, %s", first, second).isFalse();
              checked.add(first + " " + second);
            }
          }
        }
      }
    }
    assertThat(checked).hasSize(9);
  }

  private static List<String> named(List<String> view, String other) {
    return view.isEmpty() ? view : List.of(other);
  }

  private static boolean seesNobody(Survey.Findings findings) {
    return findings.byNode().values().stream().allMatch(found -> found.otherRuns().isEmpty());
  }
}

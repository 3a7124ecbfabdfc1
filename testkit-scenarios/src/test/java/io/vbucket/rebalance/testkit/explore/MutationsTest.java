package io.vbucket.rebalance.testkit.explore;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.testkit.explore.search.Path;
import io.vbucket.rebalance.testkit.explore.search.Search;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A test of the tests: the explorer catches mistakes in the cores, each by the invariant that it breaks. Prints which caught which. */
class MutationsTest {
  @ParameterizedTest
  @EnumSource
  void a_mistake_in_the_cores_is_caught_by_the_invariant_that_it_breaks(Mutation mutation) {
    Exploration exploration = new Exploration(
        NodeVersion.V7_6, mutation.maxAttempts, mutation.takeoverSlots, mutation.faults);

    Search.Found found =
        exploration.search(mutation.cores, new Search.Limits(1_000, 3_000_000, false), states -> {});

    assertThat(found.violations()).as(mutation.mistake).hasSize(1);
    Path path = found.violations().get(0);
    System.out.printf(Locale.ROOT, "| %s | %s | %d |%n", mutation.mistake, path.violated(), path.steps().size());
    assertThat(path.violated()).as("%s: %s%n%s", mutation.mistake, path.text(), SequenceDiagram.of(path))
        .isEqualTo(mutation.caughtBy.name());
  }
}

package io.vbucket.rebalance.testkit.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.vbucket.rebalance.testkit.explore.model.Cores;
import io.vbucket.rebalance.testkit.explore.model.Destination;
import io.vbucket.rebalance.testkit.explore.model.Moving;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Source;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Path;
import io.vbucket.rebalance.testkit.explore.search.Rule;
import io.vbucket.rebalance.testkit.explore.search.Search;
import io.vbucket.rebalance.testkit.explore.search.Snapshot;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Complete searches with the cores of production, and what is found in the naive variant. */
class ExplorationTest {
  private static final Search.Limits ALL = new Search.Limits(1_000, Integer.MAX_VALUE, true);

  @ParameterizedTest
  @CsvSource({
    "V7_6, RETRIES, CUTS", "V6_0, SILENCES, CUTS", "V7_6, EARLY_ENDS, CUTS", "V6_0, ROLLBACKS, WRITES",
    "V7_6, WRITES, CUTS", "V6_0, CANCELS, SILENCES", "V7_6, REFUSALS, REFUSALS"})
  void no_order_of_events_breaks_an_invariant(NodeVersion version, Fault one, Fault another) {
    Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    faults.put(one, 1);
    faults.put(another, 1);
    holds(new Exploration(version, 3, faults));
  }

  @ParameterizedTest
  @CsvSource({"V7_6, RETRIES, CUTS", "V6_0, CANCELS, CUTS", "V7_6, EARLY_ENDS, CANCELS", "V6_0, RETRIES, CANCELS"})
  void no_order_of_events_breaks_an_invariant_or_loses_a_turn_where_takeovers_are_limited(
      NodeVersion version, Fault one, Fault another) {
    Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    faults.put(one, 1);
    faults.put(another, 1);
    holds(new Exploration(version, 3, true, faults));
  }

  @ParameterizedTest
  @MethodSource
  @Tag("explore")
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void no_order_of_events_breaks_an_invariant_however_long_the_search(Exploration exploration) {
    holds(exploration);
  }

  static Stream<Arguments> no_order_of_events_breaks_an_invariant_however_long_the_search() {
    return NodeVersion.RECORDED.stream().flatMap(version -> Stream.of(
        Map.of(Fault.RETRIES, 2, Fault.CUTS, 2),
        Map.of(Fault.RETRIES, 1, Fault.CUTS, 1, Fault.WRITES, 1),
        Map.of(Fault.RETRIES, 1, Fault.REFUSALS, 1, Fault.CUTS, 1),
        Map.of(Fault.RETRIES, 1, Fault.EARLY_ENDS, 1),
        Map.of(Fault.RETRIES, 1, Fault.CANCELS, 1),
        Map.of(Fault.IMPATIENCE, 1, Fault.SILENCES, 1),
        Map.of(Fault.IMPATIENCE, 1, Fault.RETRIES, 1),
        Map.of(Fault.IMPATIENCE, 1, Fault.CUTS, 1),
        Map.of(Fault.SILENCES, 3, Fault.CUTS, 1),
        Map.of(Fault.CUTS, 3)).map(faults -> arguments(new Exploration(version, 3, faults))));
  }

  private static void holds(Exploration exploration) {
    Search.Found found = exploration.search(Variant.PRODUCT, ALL, states -> {});

    assertThat(found.violations().stream().map(SequenceDiagram::of)).isEmpty();
    assertThat(found.complete()).isTrue();
  }

  @Test
  void the_search_is_the_same_every_time() {
    Exploration exploration = new Exploration(NodeVersion.V7_6, 1, Map.of(Fault.RETRIES, 1));

    Search.Found once = exploration.search(Variant.PRODUCT, ALL, states -> {});
    Search.Found again = exploration.search(Variant.PRODUCT, ALL, states -> {});

    assertThat(again.distinctStates()).isEqualTo(once.distinctStates()).isGreaterThan(1_000);
    assertThat(again.depth()).isEqualTo(once.depth());
  }

  @Test
  void a_search_that_reaches_a_bound_does_not_call_itself_complete() {
    Exploration exploration = new Exploration(NodeVersion.V7_6, 3, Map.of(Fault.CUTS, 1));

    assertThat(exploration.search(Variant.PRODUCT, new Search.Limits(20, 1_000_000, false), n -> {}).complete())
        .isFalse();
    assertThat(exploration.search(Variant.PRODUCT, new Search.Limits(1_000, 100, false), n -> {}).complete()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "RETRIES, false", "CUTS, false", "EARLY_ENDS, false", "WRITES, false", "CANCELS, false", "SILENCES, false",
    "CANCELS, true", "CUTS, true"})
  void orders_that_are_not_tried_would_end_no_differently(Fault fault, boolean takeoverSlots) {
    Exploration exploration = new Exploration(NodeVersion.V7_6, 2, takeoverSlots, Map.of(fault, 1));

    Ends few = new Ends();
    new Search(exploration.network(Cores.REAL), List.of(few), Invariant::isOver, ALL, n -> {}).run();
    Ends all = new Ends();
    new Search(exploration.network(Cores.REAL).withoutReductions(), List.of(all), Invariant::isOver, ALL, n -> {})
        .run();

    assertThat(few.seen).isEqualTo(all.seen).isNotEmpty();
  }

  /** Breaks never, and notes how things stand when nothing is left to happen. */
  private static final class Ends implements Rule {
    private final Set<String> seen = new TreeSet<>();

    @Override
    public String name() {
      return "ends";
    }

    @Override
    public String text() {
      return "notes the ends";
    }

    @Override
    public Optional<String> broken(Snapshot state) {
      return Optional.empty();
    }

    @Override
    public Optional<String> brokenAtTheEnd(Snapshot state) {
      Moving mover = state.of(Parts.MOVER, Moving.class);
      seen.add(state.of(Parts.SOURCE, Source.class) + " " + state.of(Parts.DESTINATION, Destination.class).copy() + " "
          + mover.outcome() + " " + mover.committed() + " " + state.spent(Fault.WRITES));
      return Optional.empty();
    }
  }

  @Test
  void the_naive_variant_has_the_races_T3_T6_and_T10_each_with_a_schedule_of_minimal_length() {
    Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    faults.put(Fault.RETRIES, 2);

    Search.Found found = new Exploration(NodeVersion.V7_6, 3, faults).search(Variant.NAIVE, ALL, states -> {});

    Map<String, Integer> lengths =
        found.violations().stream().collect(Collectors.toMap(Path::violated, path -> path.steps().size()));
    assertThat(lengths).containsEntry("T3", 28).containsEntry("T6", 14).containsEntry("T10", 13);
  }
}

package io.vbucket.rebalance.orchestrator.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.control.LimitChange.Limit;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TakeoverSlotsTest {
  private static final MoveLimits USUAL = new MoveLimits(100, 100, 100);
  private TakeoverSlots slots = TakeoverSlots.of(limited(1));
  private int questions;

  private static MoveLimits limited(long perNode) {
    return USUAL.with(new LimitChange(Limit.TAKEOVERS_PER_NODE, perNode));
  }

  private static Move move(int vbucket, String source, String destination) {
    return new Move("b", vbucket, source, destination);
  }

  private List<Integer> ask(Move move) {
    return take(slots.ask(move, ++questions, false));
  }

  private List<Integer> free(Move move) {
    return take(slots.free(move));
  }

  private List<Integer> take(TakeoverSlots.Step step) {
    slots = step.next();
    return step.granted().stream().map(granted -> granted.move().vbucket()).toList();
  }

  @Test
  void a_takeover_uses_a_slot_of_its_old_and_one_of_its_new_active() {
    assertThat(ask(move(1, "a", "b"))).containsExactly(1);
    assertThat(ask(move(2, "b", "c"))).as("b gets one").isEmpty();
    assertThat(ask(move(3, "d", "a"))).as("a gives one").isEmpty();
    assertThat(ask(move(4, "c", "d"))).as("waits for nobody, though others wait for its nodes").containsExactly(4);
    assertThat(free(move(4, "c", "d"))).isEmpty();
    assertThat(free(move(1, "a", "b"))).containsExactly(2, 3);
  }

  @Test
  void those_that_wait_for_the_same_nodes_go_in_the_order_in_which_they_asked_urgent_ones_first() {
    ask(move(1, "a", "b"));
    ask(move(2, "a", "b"));
    ask(move(3, "a", "b"));
    take(slots.ask(move(4, "a", "c"), 4, true));

    assertThat(free(move(1, "a", "b"))).containsExactly(4);
    assertThat(free(move(4, "a", "c"))).containsExactly(2);
    assertThat(free(move(2, "a", "b"))).containsExactly(3);
  }

  @Test
  void a_move_between_two_busy_nodes_is_passed_only_so_often() {
    Move patient = move(1000, "a", "b");
    Move ofA = move(0, "a", "c");
    Move ofB = move(1, "d", "b");
    ask(ofA);
    ask(ofB);
    ask(patient);
    int passed = 0;
    // Others ask all the time, so that a and b are never free at the same moment by chance.
    for (int vbucket = 2; vbucket < 100 && slots.waiting().containsKey(patient); vbucket++) {
      boolean even = vbucket % 2 == 0;
      Move next = even ? move(vbucket, "a", "c" + vbucket) : move(vbucket, "d" + vbucket, "b");
      ask(next);
      List<Integer> granted = free(even ? ofA : ofB);
      passed += granted.contains(vbucket) ? 1 : 0;
      ofA = even ? next : ofA;
      ofB = even ? ofB : next;
    }

    assertThat(passed).isEqualTo(TakeoverSlots.MOST_PASSED);
    assertThat(slots.taken()).contains(patient);
  }

  @Test
  void a_higher_limit_lets_those_that_wait_go_at_once_and_a_lower_one_takes_nothing_back() {
    for (int vbucket = 0; vbucket < 4; vbucket++) {
      ask(move(vbucket, "a", "b"));
    }
    assertThat(take(slots.with(limited(3), List.of()))).containsExactly(1, 2);
    assertThat(take(slots.with(limited(1), List.of()))).isEmpty();
    assertThat(slots.taken()).hasSize(3);
    assertThat(free(move(0, "a", "b"))).isEmpty();
    assertThat(free(move(1, "a", "b"))).isEmpty();
    assertThat(free(move(2, "a", "b"))).containsExactly(3);
    ask(move(5, "a", "b"));
    assertThat(take(slots.with(limited(0), List.of()))).as("no limit any more").containsExactly(5);
    assertThat(slots.needed()).as("those that ask go on to ask, and are answered at once").isTrue();
    assertThat(ask(move(6, "a", "b"))).containsExactly(6);
  }

  @Test
  void when_takeovers_become_limited_each_running_move_counts_until_it_says_that_it_takes_over_nothing() {
    slots = TakeoverSlots.of(USUAL);
    assertThat(slots.needed()).isFalse();
    Move takesOver = move(1, "a", "b");
    Move fills = move(2, "a", "c");
    Move replica = new Move("b", 3, List.of("a", "b"), List.of("a", "c"), 0);

    take(slots.with(limited(2), List.of(takesOver, fills, replica)));

    assertThat(slots.needed()).isTrue();
    assertThat(slots.taken()).containsExactly(takesOver, fills);
    assertThat(ask(move(4, "a", "d"))).isEmpty();
    assertThat(free(fills)).containsExactly(4);
  }

  @Test
  void what_a_move_waits_for_is_told_with_node_limit_and_use() {
    ask(move(1, "a", "b"));
    ask(move(2, "c", "b"));

    assertThat(slots.waits(move(1, "a", "b"))).isEmpty();
    assertThat(slots.waits(move(2, "c", "b"))).singleElement().satisfies(wait -> {
      assertThat(wait.node()).isEqualTo("b");
      assertThat(wait).hasToString("b has a slot free for its takeover"
          + " (wanted: fewer than 1 takeover, now: 1)");
    });
  }

  /** Whoever runs into a limit is one of many; each of them may be stopped, may fail, and may be heard late. */
  @Property(tries = 300)
  void whatever_is_asked_freed_stopped_and_changed_no_limit_is_exceeded_and_nobody_is_forgotten(@ForAll long seed) {
    Random random = new Random(seed);
    MoveLimits limits = limited(random.nextInt(3));
    slots = TakeoverSlots.of(limits);
    List<Move> moves = new ArrayList<>();
    for (int vbucket = 0; vbucket < 30; vbucket++) {
      int source = random.nextInt(5);
      moves.add(move(vbucket, "n" + source, "n" + (source + 1 + random.nextInt(4)) % 5));
    }
    Set<Move> asking = new HashSet<>();
    Set<Move> using = new HashSet<>();
    for (int step = 0; step < 400; step++) {
      Move one = moves.get(random.nextInt(moves.size()));
      TakeoverSlots.Step next;
      int dice = random.nextInt(20);
      if (dice == 0) {
        Optional<String> node = random.nextBoolean() ? Optional.empty() : Optional.of("n" + random.nextInt(5));
        limits = limits.with(new LimitChange(Limit.TAKEOVERS_PER_NODE, node, random.nextInt(4)));
        boolean asked = slots.needed();
        next = slots.with(limits, using);
        assertThat(next.next().needed()).isEqualTo(asked || !limits.takeoversPerNode().isUnlimited());
      } else if (dice < 11 && !asking.contains(one) && !using.contains(one)) {
        asking.add(one);
        next = slots.ask(one, step, random.nextInt(4) == 0);
      } else {
        // It has taken over, or was stopped while it waited, or has said so already.
        asking.remove(one);
        using.remove(one);
        next = slots.free(one);
      }
      follow(next, limits, asking, using);
    }
    drain(limits, asking, using);
  }

  private void follow(TakeoverSlots.Step step, MoveLimits limits, Set<Move> asking, Set<Move> using) {
    slots = step.next();
    for (TakeoverSlots.Granted granted : step.granted()) {
      assertThat(asking.remove(granted.move())).as("only who asked is answered: %s", granted).isTrue();
      using.add(granted.move());
    }
    Map<String, Integer> used = new HashMap<>();
    using.forEach(move -> move.nodes().forEach(node -> used.merge(node, 1, Integer::sum)));
    step.granted().forEach(granted -> granted.move().nodes().forEach(node -> assertThat(used.get(node))
        .as("takeovers of %s after %s", node, granted).isLessThanOrEqualTo((int) Math.min(
            Integer.MAX_VALUE, limits.takeoversPerNode().of(node)))));
    assertThat(slots.taken()).isEqualTo(using);
    assertThat(slots.waiting().keySet()).isEqualTo(asking);
    boolean kept = slots.waiting().values().stream().anyMatch(asked -> asked.passed() >= TakeoverSlots.MOST_PASSED);
    asking.forEach(move -> {
      assertThat(slots.waits(move)).as("what %s waits for", move).isNotEmpty();
      boolean free = move.nodes().stream()
          .allMatch(node -> used.getOrDefault(node, 0) < limits.takeoversPerNode().of(node));
      assertThat(free && !kept).as("%s could go, and waits", move).isFalse();
    });
  }

  /** Nobody asks any more: as those end that run, all that wait get their turn. */
  private void drain(MoveLimits limits, Set<Move> asking, Set<Move> using) {
    while (!asking.isEmpty() || !using.isEmpty()) {
      assertThat(using).as("%s wait, and nobody will free a slot", asking).isNotEmpty();
      Move first = using.iterator().next();
      using.remove(first);
      follow(slots.free(first), limits, asking, using);
    }
    assertThat(slots.taken()).isEmpty();
  }
}

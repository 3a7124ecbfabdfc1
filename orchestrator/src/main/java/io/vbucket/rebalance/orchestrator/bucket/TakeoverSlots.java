package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which moves may take over now, where the takeovers per node are limited. A takeover uses one slot of its old and one of its new active, from
 * before it begins until it is settled. A pure function of what was asked and freed; immutable.
 *
 * <p><b>Order.</b> Urgent ones first, then those that have waited longest. One that must wait for a node holds nobody up on other nodes:
 * whoever finds both nodes free goes. But one that others have gone past too often on a node keeps the next slot there, so that none
 * waits for ever; only urgent ones still go before an ordinary one, and of them there is an end.
 *
 * @param limit slots per node
 * @param needed whether moves ask for slots; once a limit was set they go on to ask, and are answered at once when there is none any more
 * @param taken moves that have a slot
 * @param waiting by move, what it asked for; in the order in which they asked
 */
record TakeoverSlots(
    MoveLimits.Each limit, boolean needed, Set<Move> taken, Map<Move, Asked> waiting) {
  /** How often others may use a slot that a move waits for. */
  static final int MOST_PASSED = 8;

  /**
   * @param question with which the answer must come
   * @param passed how many that asked later have got a slot on one of its nodes
   */
  record Asked(int question, boolean urgent, int passed) {
    private boolean isOverdue() {
      return passed >= MOST_PASSED;
    }
  }

  /** A move may take over. */
  record Granted(Move move, int question) {}

  /** What follows. */
  record Step(TakeoverSlots next, List<Granted> granted) {}

  TakeoverSlots {
    taken = Collections.unmodifiableSet(new LinkedHashSet<>(taken));
    waiting = Collections.unmodifiableMap(new LinkedHashMap<>(waiting));
  }

  static TakeoverSlots of(MoveLimits limits) {
    MoveLimits.Each limit = limits.takeoversPerNode();
    return new TakeoverSlots(limit, !limit.isUnlimited(), Set.of(), Map.of());
  }

  Step ask(Move move, int question, boolean urgent) {
    Map<Move, Asked> more = new LinkedHashMap<>(waiting);
    more.put(move, new Asked(question, urgent, 0));
    return new TakeoverSlots(limit, needed, taken, more).granting();
  }

  /** The move has no slot any more, and waits for none; it does not matter whether it did. */
  Step free(Move move) {
    if (!taken.contains(move) && !waiting.containsKey(move)) {
      return new Step(this, List.of());
    }
    Set<Move> still = new LinkedHashSet<>(taken);
    still.remove(move);
    Map<Move, Asked> others = new LinkedHashMap<>(waiting);
    others.remove(move);
    return new TakeoverSlots(limit, needed, still, others).granting();
  }

  /**
   * Other limits from now on. Takeovers that run go on.
   *
   * @param running moves that run. When slots become needed, each of them counts as having one until it is told to be free: nobody knows here whether it
   *     takes over just now
   */
  Step with(MoveLimits limits, Collection<Move> running) {
    MoveLimits.Each changed = limits.takeoversPerNode();
    Set<Move> presumed = new LinkedHashSet<>(taken);
    if (!needed && !changed.isUnlimited()) {
      running.stream().filter(Move::isTakeover).forEach(presumed::add);
    }
    return new TakeoverSlots(changed, needed || !changed.isUnlimited(), presumed, waiting).granting();
  }

  private Step granting() {
    if (waiting.isEmpty()) {
      return new Step(this, List.of());
    }
    Map<String, Integer> used = used();
    Set<Move> nowTaken = new LinkedHashSet<>(taken);
    Map<Move, Asked> still = new LinkedHashMap<>(waiting);
    List<Granted> granted = new ArrayList<>();
    for (Move move : inOrder()) {
      Asked asked = waiting.get(move);
      boolean fits = fits(move, used);
      if (fits) {
        granted.add(new Granted(move, asked.question()));
        nowTaken.add(move);
        still.remove(move);
        pass(move, still);
      }
      if (fits || still.get(move).isOverdue()) {
        // What is kept for one that is overdue counts as used for those behind it.
        nodes(move).forEach(node -> used.merge(node, 1, Integer::sum));
      }
    }
    return new Step(new TakeoverSlots(limit, needed, nowTaken, still), List.copyOf(granted));
  }

  private List<Move> inOrder() {
    return waiting.keySet().stream()
        .sorted(Comparator.comparing(move -> !waiting.get(move).urgent()))
        .toList();
  }

  private boolean fits(Move move, Map<String, Integer> used) {
    return nodes(move).stream().allMatch(node -> used.getOrDefault(node, 0) < limit.of(node));
  }

  /** Counts it for all that asked before {@code goes} and share a node with it. */
  private void pass(Move goes, Map<Move, Asked> still) {
    for (Move earlier : waiting.keySet()) {
      if (earlier.equals(goes)) {
        return;
      }
      if (still.containsKey(earlier) && nodes(earlier).stream().anyMatch(nodes(goes)::contains)) {
        still.computeIfPresent(
            earlier, (move, asked) -> new Asked(asked.question(), asked.urgent(), asked.passed() + 1));
      }
    }
  }

  private Map<String, Integer> used() {
    Map<String, Integer> used = new HashMap<>();
    taken.forEach(move -> nodes(move).forEach(node -> used.merge(node, 1, Integer::sum)));
    return used;
  }

  private static List<String> nodes(Move move) {
    return Stream.of(move.source(), move.destination()).filter(Objects::nonNull).toList();
  }

  /** What a move that waits for its turn waits for, by node; empty for one that does not. */
  List<Wait> waits(Move move) {
    if (!waiting.containsKey(move)) {
      return List.of();
    }
    Map<String, Integer> used = used();
    List<Wait> waits = new ArrayList<>();
    List<Wait> kept = new ArrayList<>();
    for (String node : nodes(move)) {
      int now = used.getOrDefault(node, 0);
      Wait wait = Wait.on(node, node + " has a slot free for its takeover")
          .with("fewer than " + limit.of(node) + (limit.of(node) == 1 ? " takeover" : " takeovers"),
              Integer.toString(now));
      (now >= limit.of(node) ? waits : kept).add(wait);
    }
    // Both nodes have a slot free, and it is kept for one that has waited longer.
    return List.copyOf(waits.isEmpty() ? kept : waits);
  }
}

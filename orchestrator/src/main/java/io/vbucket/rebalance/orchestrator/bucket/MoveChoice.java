package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * One choice of moves. Of those that the limits let start, the first by: urgent; keeps the busiest node busy (moves left that charge it);
 * goes over the link with the fewest backfills; has a takeover; leaves the least imbalance; goes to the node with the fewest backfills.
 *
 * <p><b>Balance.</b> A node's surplus is what it still gives less what it still gets. A takeover that finishes makes the sum of all surpluses
 * and lacks no greater if its old active has a surplus then, or its new active a lack, whatever else finished before. So it starts only
 * when that is sure: counting all others from that node as finished, and all others into that node. Only takeovers in a ring cannot be
 * sure; of those, a node gives one and gets one at a time, so it is never more than one off.
 *
 * <p><b>Classes.</b> While an urgent move waits for a node, ordinary ones leave a share of the node's places free. So the urgent one finds
 * all its places free some time, however many others there are.
 */
final class MoveChoice {
  private final MoveLimits limits;
  private final Map<MoveShape, List<Move>> waiting;
  private final Map<Move, MoveShape> running;
  private final Map<MoveShape, Integer> taken = new HashMap<>();
  private final SlotUse use = new SlotUse();
  private final Map<String, Integer> left = new HashMap<>();
  private final Map<String, Integer> surplus = new HashMap<>();
  private final Map<String, Integer> urgentFor = new HashMap<>();
  private int urgentWaiting;
  /** No node gives more than it gets in what is left, so no takeover can be the first without harm. */
  private final boolean onlyRings;
  private int started;
  private ByteBudgets budgets;
  private long shortestWait = Long.MAX_VALUE;

  MoveChoice(MoveLimits limits, Map<MoveShape, List<Move>> waiting, Map<Move, MoveShape> running,
      Collection<Move> filling, ByteBudgets budgets) {
    this.limits = limits;
    this.waiting = waiting;
    this.running = running;
    this.budgets = budgets;
    running.values().forEach(use::run);
    running.values().forEach(shape -> pending(shape, 1));
    filling.forEach(move -> use.fill(running.get(move)));
    waiting.forEach((shape, moves) -> {
      pending(shape, moves.size());
      shape.charged().forEach(node -> left.merge(node, moves.size(), Integer::sum));
      if (shape.urgent()) {
        urgentWaiting += moves.size();
        shape.charged().forEach(node -> urgentFor.merge(node, moves.size(), Integer::sum));
      }
    });
    onlyRings = surplus.values().stream().allMatch(more -> more == 0);
  }

  private void pending(MoveShape shape, int moves) {
    if (shape.takeover()) {
      surplus.merge(shape.source(), moves, Integer::sum);
      surplus.merge(shape.destination(), -moves, Integer::sum);
    }
  }

  /** The moves to start, first things first. */
  List<Move> moves() {
    List<Move> chosen = new ArrayList<>();
    boolean more = true;
    while (more) {
      MoveShape best = best(this::keepsBalance);
      if (best == null && shortestWait == Long.MAX_VALUE) {
        best = best(this::isInRing);
      }
      if (best == null && running.isEmpty() && chosen.isEmpty() && shortestWait == Long.MAX_VALUE) {
        best = best(shape -> true);
      }
      more = best != null;
      if (more) {
        chosen.add(start(best));
      }
    }
    return chosen;
  }

  private MoveShape best(Predicate<MoveShape> allowed) {
    if (running.size() + started >= limits.maxConcurrent()) {
      return null;
    }
    shortestWait = Long.MAX_VALUE;
    MoveShape best = null;
    for (Map.Entry<MoveShape, List<Move>> entry : waiting.entrySet()) {
      MoveShape shape = entry.getKey();
      int place = taken.getOrDefault(shape, 0);
      if (place < entry.getValue().size() && fits(shape) && allowed.test(shape)) {
        long wait = budgets.wait(entry.getValue().get(place), limits);
        if (wait > 0) {
          shortestWait = Math.min(shortestWait, wait);
        } else if (best == null || isBefore(shape, best)) {
          best = shape;
        }
      }
    }
    return best;
  }

  private Move start(MoveShape shape) {
    Move move = waiting.get(shape).get(taken.merge(shape, 1, Integer::sum) - 1);
    started++;
    use.run(shape);
    use.fill(shape);
    budgets = budgets.take(move, limits);
    shape.charged().forEach(node -> left.merge(node, -1, Integer::sum));
    if (shape.urgent()) {
      urgentWaiting--;
      shape.charged().forEach(node -> urgentFor.merge(node, -1, Integer::sum));
    }
    return move;
  }

  private boolean fits(MoveShape shape) {
    boolean ordinary = !shape.urgent() && urgentWaiting > 0;
    if (ordinary && running.size() + started >= Math.max(1, limits.forOrdinary(limits.maxConcurrent()))) {
      return false;
    }
    for (String node : shape.actives()) {
      if (use.moves(node) >= places(limits.movesPerNode(), node, ordinary)) {
        return false;
      }
    }
    for (String node : shape.charged()) {
      if (use.backfills(node) >= places(limits.backfillsPerNode(), node, ordinary)) {
        return false;
      }
    }
    return true;
  }

  private long places(MoveLimits.Each each, String node, boolean ordinary) {
    return ordinary && of(urgentFor, node) > 0 ? limits.forOrdinary(each.of(node)) : each.of(node);
  }

  private boolean keepsBalance(MoveShape shape) {
    if (!shape.takeover()) {
      return true;
    }
    int outgoing = use.outgoing(shape.source());
    int incoming = use.incoming(shape.destination());
    boolean surely = of(surplus, shape.source()) > outgoing;
    boolean lacking = -of(surplus, shape.destination()) > incoming;
    return surely && (lacking || incoming == 0) || lacking && outgoing == 0;
  }

  private boolean isInRing(MoveShape shape) {
    return shape.takeover() && onlyRings
        && use.outgoing(shape.source()) == 0 && use.incoming(shape.destination()) == 0;
  }

  private static int of(Map<String, Integer> counts, String name) {
    return counts.getOrDefault(name, 0);
  }

  private boolean isBefore(MoveShape shape, MoveShape other) {
    if (shape.urgent() != other.urgent()) {
      return shape.urgent();
    }
    int order = Integer.compare(busiest(other), busiest(shape));
    order = order != 0 ? order : Integer.compare(sharing(shape), sharing(other));
    order = order != 0 ? order : Boolean.compare(other.takeover(), shape.takeover());
    order = order != 0 ? order : Integer.compare(gain(other), gain(shape));
    order = order != 0 ? order : Integer.compare(heaviness(shape), heaviness(other));
    return order < 0;
  }

  private int busiest(MoveShape shape) {
    int most = 0;
    for (String node : shape.charged()) {
      most = Math.max(most, of(left, node));
    }
    return most;
  }

  private int sharing(MoveShape shape) {
    int backfills = 0;
    for (String link : shape.links()) {
      backfills += use.backfillsOver(link);
    }
    return backfills;
  }

  private int gain(MoveShape shape) {
    return shape.takeover()
        ? of(surplus, shape.source()) - use.outgoing(shape.source())
            - of(surplus, shape.destination()) - use.incoming(shape.destination())
        : 0;
  }

  private int heaviness(MoveShape shape) {
    int backfills = 0;
    for (String node : shape.charged()) {
      backfills += use.backfills(node);
    }
    return backfills;
  }

  /** What moves wait for that wait for nothing but bytes: how long, in nanoseconds. */
  OptionalLong shortestWait() {
    return shortestWait == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(shortestWait);
  }

  ByteBudgets budgets() {
    return budgets;
  }
}

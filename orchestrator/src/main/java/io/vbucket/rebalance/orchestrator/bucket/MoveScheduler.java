package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * Which moves may start now. A pure function of what waits, what runs and what is still filling; immutable. Takeovers have no limit of
 * their own: those into one node run in parallel.
 *
 * @param waiting moves that have not begun, in the order in which they were planned
 * @param running moves that have begun and not ended
 * @param filling running moves whose backfill is not over; they hold a backfill slot on both nodes
 */
public record MoveScheduler(Limits limits, List<Move> waiting, Set<Move> running, Set<Move> filling) {
  /**
   * @param maxConcurrent moves that run at the same time
   * @param movesPerNode moves that run at the same time and touch one node
   * @param backfillsPerNode backfills that run at the same time and touch one node
   * @param movesOf by name, nodes that have their own limit in place of {@code movesPerNode}
   * @param backfillsOf likewise
   */
  public record Limits(
      int maxConcurrent,
      int movesPerNode,
      int backfillsPerNode,
      Map<String, Integer> movesOf,
      Map<String, Integer> backfillsOf) {
    public Limits {
      movesOf = Map.copyOf(movesOf);
      backfillsOf = Map.copyOf(backfillsOf);
    }

    public Limits(int maxConcurrent, int movesPerNode, int backfillsPerNode) {
      this(maxConcurrent, movesPerNode, backfillsPerNode, Map.of(), Map.of());
    }

    /** The limits as they are after a change. */
    public Limits with(LimitChange change) {
      int value = change.value();
      return switch (change.limit()) {
        case MAX_CONCURRENT -> new Limits(value, movesPerNode, backfillsPerNode, movesOf, backfillsOf);
        case MOVES_PER_NODE -> change.node().isPresent()
            ? new Limits(maxConcurrent, movesPerNode, backfillsPerNode, and(movesOf, change), backfillsOf)
            : new Limits(maxConcurrent, value, backfillsPerNode, movesOf, backfillsOf);
        case BACKFILLS_PER_NODE -> change.node().isPresent()
            ? new Limits(maxConcurrent, movesPerNode, backfillsPerNode, movesOf, and(backfillsOf, change))
            : new Limits(maxConcurrent, movesPerNode, value, movesOf, backfillsOf);
      };
    }

    private static Map<String, Integer> and(Map<String, Integer> own, LimitChange change) {
      Map<String, Integer> all = new HashMap<>(own);
      all.put(change.node().orElseThrow(), change.value());
      return all;
    }

    int movesOf(String node) {
      return movesOf.getOrDefault(node, movesPerNode);
    }

    int backfillsOf(String node) {
      return backfillsOf.getOrDefault(node, backfillsPerNode);
    }
  }

  public record Started(MoveScheduler next, List<Move> moves) {}

  public static MoveScheduler of(Limits limits, List<Move> moves) {
    return new MoveScheduler(limits, List.copyOf(moves), Set.of(), Set.of());
  }

  /** Starts what may start. Nodes with the most moves left come first, since they decide how long the whole takes. */
  public Started start() {
    Map<String, Integer> left = new HashMap<>();
    waiting.forEach(move -> {
      left.merge(move.source(), 1, Integer::sum);
      left.merge(move.destination(), 1, Integer::sum);
    });
    Map<String, Integer> load = load(running);
    Map<String, Integer> fillLoad = load(filling);
    List<Move> candidates = new ArrayList<>(waiting);
    candidates.sort(java.util.Comparator
        .comparingInt((Move move) -> -Math.max(left.get(move.source()), left.get(move.destination())))
        .thenComparingInt(move -> fillLoad.getOrDefault(move.source(), 0))
        .thenComparingInt(Move::vbucket));
    List<Move> started = new ArrayList<>();
    for (Move move : candidates) {
      if (running.size() + started.size() >= limits.maxConcurrent()) {
        break;
      }
      if (fits(move, load, limits::movesOf) && fits(move, fillLoad, limits::backfillsOf)) {
        charge(move, load);
        charge(move, fillLoad);
        started.add(move);
      }
    }
    Set<Move> nowStarted = new HashSet<>(started);
    List<Move> stillWaiting = waiting.stream().filter(move -> !nowStarted.contains(move)).toList();
    Set<Move> nowRunning = new LinkedHashSet<>(running);
    nowRunning.addAll(started);
    Set<Move> nowFilling = new LinkedHashSet<>(filling);
    nowFilling.addAll(started);
    return new Started(new MoveScheduler(limits, stillWaiting, Set.copyOf(nowRunning), Set.copyOf(nowFilling)),
        started);
  }

  public MoveScheduler backfillOver(Move move) {
    return new MoveScheduler(limits, waiting, running, without(filling, move));
  }

  public MoveScheduler ended(Move move) {
    return new MoveScheduler(limits, waiting, without(running, move), without(filling, move));
  }

  /** It was taken back and waits again. */
  public MoveScheduler again(Move move) {
    List<Move> all = new ArrayList<>(waiting);
    all.add(move);
    return new MoveScheduler(limits, List.copyOf(all), without(running, move), without(filling, move));
  }

  /** It waits, and will not start any more. */
  public MoveScheduler dropped(Move move) {
    return new MoveScheduler(limits, waiting.stream().filter(other -> !other.equals(move)).toList(), running, filling);
  }

  /** What runs goes on, whatever the new limits are. */
  public MoveScheduler with(LimitChange change) {
    return new MoveScheduler(limits.with(change), waiting, running, filling);
  }

  /** Nothing that waits will start any more. */
  public MoveScheduler stopped() {
    return new MoveScheduler(limits, List.of(), running, filling);
  }

  public boolean isDone() {
    return waiting.isEmpty() && running.isEmpty();
  }

  private static Set<Move> without(Set<Move> moves, Move move) {
    Set<Move> rest = new LinkedHashSet<>(moves);
    rest.remove(move);
    return Set.copyOf(rest);
  }

  private static boolean fits(Move move, Map<String, Integer> load, ToIntFunction<String> limit) {
    return load.getOrDefault(move.source(), 0) < limit.applyAsInt(move.source())
        && load.getOrDefault(move.destination(), 0) < limit.applyAsInt(move.destination());
  }

  private static Map<String, Integer> load(Set<Move> moves) {
    Map<String, Integer> load = new HashMap<>();
    moves.forEach(move -> charge(move, load));
    return load;
  }

  private static void charge(Move move, Map<String, Integer> load) {
    load.merge(move.source(), 1, Integer::sum);
    load.merge(move.destination(), 1, Integer::sum);
  }
}

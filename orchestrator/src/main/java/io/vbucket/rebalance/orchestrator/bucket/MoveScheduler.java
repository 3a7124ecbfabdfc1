package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Which moves may start now. A pure function of what waits and runs, of the limits and of the time it is told;
 * immutable. What is chosen, and in which order, stands in {@link MoveChoice}.
 *
 * <p>An event costs as much as there are shapes of moves ({@link MoveShape}) and moves under way, not as there are moves that wait.
 */
public final class MoveScheduler {
  private final MoveLimits limits;
  private final Set<String> leaving;
  /** Moves that have not begun, by shape; each list in the order in which they were planned. */
  private final Map<MoveShape, List<Move>> waiting;
  private final Map<Move, MoveShape> running;
  private final Set<Move> filling;
  private final ByteBudgets budgets;

  private MoveScheduler(State state) {
    this.limits = state.limits;
    this.leaving = state.leaving;
    this.waiting = Collections.unmodifiableMap(state.waiting);
    this.running = Collections.unmodifiableMap(state.running);
    this.filling = Collections.unmodifiableSet(state.filling);
    this.budgets = state.budgets;
  }

  /**
   * @param moves begin now
   * @param wakeUp after how many nanoseconds to ask again though nothing happens: bytes will be there then
   */
  public record Started(MoveScheduler next, List<Move> moves, OptionalLong wakeUp) {}

  /**
   * @param leaving nodes that shall hold nothing afterwards: their moves are urgent
   */
  public static MoveScheduler of(MoveLimits limits, List<Move> moves, Set<String> leaving) {
    State state = new State(limits, leaving);
    moves.forEach(
        move -> state.waiting.computeIfAbsent(MoveShape.of(move, leaving), shape -> new ArrayList<>()).add(move));
    return new MoveScheduler(state);
  }

  public static MoveScheduler of(MoveLimits limits, List<Move> moves) {
    return of(limits, moves, Set.of());
  }

  /**
   * Starts what may start.
   *
   * @param now a clock's time in nanoseconds, of which only differences matter
   */
  public Started start(long now) {
    State next = new State(this);
    next.budgets = budgets.at(now, limits);
    MoveChoice choice = new MoveChoice(limits, waiting, running, filling, next.budgets);
    List<Move> started = choice.moves();
    started.forEach(next::begin);
    next.budgets = choice.budgets();
    return new Started(new MoveScheduler(next), started, choice.shortestWait());
  }

  /** Its backfills are over: it holds no backfill slots any more. */
  public MoveScheduler backfillOver(Move move) {
    return changed(state -> state.filling.remove(move));
  }

  /** It is over, however it ended. */
  public MoveScheduler ended(Move move) {
    return changed(state -> state.leave(move));
  }

  /** It was taken back and waits again. */
  public MoveScheduler again(Move move) {
    return changed(state -> {
      state.leave(move);
      state.enqueue(move);
    });
  }

  /** It waits, and will not start any more. */
  public MoveScheduler dropped(Move move) {
    return changed(state -> state.dequeue(move));
  }

  /** Nothing that waits will start any more. */
  public MoveScheduler stopped() {
    return changed(state -> state.waiting.clear());
  }

  /** What runs goes on, whatever the new limits are. */
  public MoveScheduler with(LimitChange change) {
    return changed(state -> state.limits = limits.with(change));
  }

  public MoveLimits limits() {
    return limits;
  }

  /** Whether a move that runs must not wait behind others. */
  public boolean isUrgent(Move move) {
    MoveShape shape = running.get(move);
    return shape != null && shape.urgent();
  }

  /** Moves that have not begun. */
  public List<Move> waiting() {
    return waiting.values().stream().flatMap(Collection::stream).toList();
  }

  /** Moves that have begun and not ended. */
  public Set<Move> running() {
    return running.keySet();
  }

  /** Running moves whose backfills are not over. */
  public Set<Move> filling() {
    return filling;
  }

  public boolean isDone() {
    return waiting.isEmpty() && running.isEmpty();
  }

  private MoveScheduler changed(Consumer<State> change) {
    State next = new State(this);
    change.accept(next);
    return new MoveScheduler(next);
  }

  /** A scheduler while it is being changed. */
  private static final class State {
    private final Set<String> leaving;
    private final Map<MoveShape, List<Move>> waiting;
    private final Map<Move, MoveShape> running;
    private final Set<Move> filling;
    private MoveLimits limits;
    private ByteBudgets budgets;

    State(MoveLimits limits, Set<String> leaving) {
      this.limits = limits;
      this.leaving = Set.copyOf(leaving);
      this.waiting = new LinkedHashMap<>();
      this.running = new LinkedHashMap<>();
      this.filling = new LinkedHashSet<>();
      this.budgets = ByteBudgets.FULL;
    }

    State(MoveScheduler from) {
      this.limits = from.limits;
      this.leaving = from.leaving;
      this.waiting = new LinkedHashMap<>(from.waiting);
      this.running = new LinkedHashMap<>(from.running);
      this.filling = new LinkedHashSet<>(from.filling);
      this.budgets = from.budgets;
    }

    /** Lists are shared between schedulers, so none is ever changed. */
    void enqueue(Move move) {
      MoveShape shape = MoveShape.of(move, leaving);
      List<Move> all = new ArrayList<>(waiting.getOrDefault(shape, List.of()));
      all.add(move);
      waiting.put(shape, all);
    }

    void dequeue(Move move) {
      MoveShape shape = MoveShape.of(move, leaving);
      List<Move> rest = new ArrayList<>(waiting.getOrDefault(shape, List.of()));
      rest.remove(move);
      put(shape, rest);
    }

    void begin(Move move) {
      MoveShape shape = MoveShape.of(move, leaving);
      List<Move> moves = waiting.get(shape);
      put(shape, moves.subList(1, moves.size()));
      running.put(move, shape);
      filling.add(move);
    }

    private void put(MoveShape shape, List<Move> moves) {
      if (moves.isEmpty()) {
        waiting.remove(shape);
      } else {
        waiting.put(shape, moves);
      }
    }

    void leave(Move move) {
      running.remove(move);
      filling.remove(move);
    }
  }
}

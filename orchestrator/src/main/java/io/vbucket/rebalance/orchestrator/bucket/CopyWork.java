package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The bytes that moves take and the time they take for it: what was measured on those that have ended is what the others are expected to need.
 * Belongs to one {@link Tally} and is touched by it alone.
 */
final class CopyWork {
  private static final int REMEMBERED = 64;

  private final Map<Integer, Instant> started = new HashMap<>();
  /** Bytes by vBucket and by the node that gets them. */
  private final Map<Integer, Map<String, Long>> underWay = new HashMap<>();
  private final Map<Integer, Instant> filled = new HashMap<>();
  private final Deque<Forecast.Typical> durations = new ArrayDeque<>();
  private long endedBytes;
  private long endedPlannedBytes;
  private long wastedBytes;
  private int ended;
  private Pace pace;

  CopyWork(Instant start) {
    this.pace = Pace.startingAt(start);
  }

  void note(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.MoveStarted move) {
      started.put(move.vbucket(), event.at());
    } else if (event instanceof RebalanceEvent.PhaseEntered entered) {
      if (entered.phase() == MovePhase.PERSIST) {
        filled.putIfAbsent(entered.vbucket(), event.at());
      } else if (entered.phase() == MovePhase.BACKFILL) {
        filled.remove(entered.vbucket());
      }
    } else if (event instanceof RebalanceEvent.CopyProgressed copied) {
      underWay.computeIfAbsent(copied.vbucket(), vbucket -> new HashMap<>()).put(copied.node(), copied.bytes());
      pace = pace.at(event.at(), ended, bytes());
    } else if (event instanceof RebalanceEvent.MoveEnded move && started.containsKey(move.vbucket())) {
      Instant start = started.get(move.vbucket());
      durations.addLast(new Forecast.Typical(
          Duration.between(start, event.at()),
          Duration.between(filled.getOrDefault(move.vbucket(), start), event.at())));
      if (durations.size() > REMEMBERED) {
        durations.removeFirst();
      }
    }
  }

  void ended(Move move, Instant now) {
    started.remove(move.vbucket());
    filled.remove(move.vbucket());
    endedBytes += sum(underWay.remove(move.vbucket()));
    endedPlannedBytes += planned(move);
    ended++;
    pace = pace.at(now, ended, bytes());
  }

  /** It was taken back and will be sent once more. */
  void setBack(Move move) {
    started.remove(move.vbucket());
    filled.remove(move.vbucket());
    wastedBytes += sum(underWay.remove(move.vbucket()));
  }

  long bytes() {
    return wastedBytes + endedBytes + underWay.values().stream().mapToLong(CopyWork::sum).sum();
  }

  private static long sum(Map<String, Long> byNode) {
    return byNode == null ? 0 : byNode.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Of all copies that the move builds, as the plan knows their size. */
  private static long planned(Move move) {
    return move.bytes() * move.built().size();
  }

  /** What a move is expected to send: by its planned size as far as that has proved true, otherwise as much as those that have ended. */
  private long expected(Move move) {
    long planned = planned(move);
    if (planned > 0) {
      return endedPlannedBytes > 0 ? Math.round((double) planned * endedBytes / endedPlannedBytes) : planned;
    }
    return ended > 0 ? endedBytes / ended : 0;
  }

  long expectedLeft(List<Move> waiting) {
    return waiting.stream().mapToLong(this::expected).sum();
  }

  private long expectedLeft(Move running) {
    return Math.max(0, expected(running) - sum(underWay.get(running.vbucket())));
  }

  /** At the end of all moves; 0 while nothing is known. */
  long expectedInAll(List<Move> waiting, Set<Move> running) {
    long left = expectedLeft(waiting) + running.stream().mapToLong(this::expectedLeft).sum();
    return left == 0 && ended == 0 ? 0 : bytes() + left;
  }

  Optional<Forecast> forecast(List<Move> waiting, Set<Move> running, Instant now) {
    pace = pace.at(now, ended, bytes());
    List<Forecast.Running> underWayNow = running.stream()
        .map(move -> new Forecast.Running(
            Duration.between(started.getOrDefault(move.vbucket(), now), now),
            Optional.ofNullable(filled.get(move.vbucket())).map(at -> Duration.between(at, now)),
            expectedLeft(move)))
        .toList();
    return pace.rate()
        .flatMap(rate -> Forecast.of(rate, waiting.size(), expectedLeft(waiting), underWayNow, typical()));
  }

  /** Of the last moves. */
  private Optional<Forecast.Typical> typical() {
    return durations.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Forecast.Typical(median(Forecast.Typical::whole), median(Forecast.Typical::afterFilling)));
  }

  private Duration median(Function<Forecast.Typical, Duration> which) {
    return durations.stream().map(which).sorted().toList().get(durations.size() / 2);
  }
}

package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Token buckets for bytes, one per node and direction and one per link. A move takes its bytes when it starts; it may start when they are
 * there, or when the bucket is full, if it is larger than that. So in any time t a bucket gives at most rate x t + the larger of one
 * second's rate and the largest move. Immutable; time comes from outside, in nanoseconds.
 *
 * @param levels tokens by bucket, as they were at {@code asOf}; a bucket that is missing is full
 */
record ByteBudgets(Map<Bucket, Double> levels, long asOf) {
  private static final double SECOND = 1e9;
  /** Bytes by which a sum of many small steps may be off. */
  private static final double ROUNDING = 1e-3;

  static final ByteBudgets FULL = new ByteBudgets(Map.of(), Long.MIN_VALUE);

  private enum Flow {
    SENT_BY,
    RECEIVED_BY,
    OVER
  }

  private record Bucket(Flow flow, String name) {
    double rate(MoveLimits limits) {
      MoveLimits.Each each = flow == Flow.OVER ? limits.bytesPerSecondPerLink() : limits.bytesPerSecondPerNode();
      long limit = each.of(name);
      return limit == MoveLimits.Each.UNLIMITED ? Double.POSITIVE_INFINITY : limit;
    }
  }

  /** The buckets a move takes from, with the bytes. */
  private static Map<Bucket, Long> uses(Move move) {
    Map<Bucket, Long> uses = new LinkedHashMap<>();
    if (move.source() != null) {
      for (String node : move.built()) {
        uses.merge(new Bucket(Flow.SENT_BY, move.source()), move.bytes(), Long::sum);
        uses.merge(new Bucket(Flow.RECEIVED_BY, node), move.bytes(), Long::sum);
        uses.merge(new Bucket(Flow.OVER, move.source() + "->" + node), move.bytes(), Long::sum);
      }
    }
    return uses;
  }

  /** The same at another time. A clock that was set back gives nothing for that step, and goes on from there. */
  ByteBudgets at(long now, MoveLimits limits) {
    if (now <= asOf || levels.isEmpty()) {
      return new ByteBudgets(levels, now);
    }
    Map<Bucket, Double> filled = new HashMap<>();
    levels.forEach((bucket, level) -> {
      double rate = bucket.rate(limits);
      double next = Math.min(rate, level + rate * ((now - asOf) / SECOND));
      if (next < rate) {
        filled.put(bucket, next);
      }
    });
    return new ByteBudgets(Map.copyOf(filled), now);
  }

  /** How long until this move may start, in nanoseconds; 0 when it may now. */
  long wait(Move move, MoveLimits limits) {
    if (!limits.limitsBytes()) {
      return 0;
    }
    double longest = 0;
    for (Map.Entry<Bucket, Long> use : uses(move).entrySet()) {
      double rate = use.getKey().rate(limits);
      double level = Math.min(rate, levels.getOrDefault(use.getKey(), rate));
      double needed = Math.min(rate, use.getValue());
      if (level + ROUNDING < needed) {
        longest = Math.max(longest, Math.ceil((needed - level) / rate * SECOND));
      }
    }
    return (long) longest;
  }

  ByteBudgets take(Move move, MoveLimits limits) {
    if (!limits.limitsBytes()) {
      return this;
    }
    Map<Bucket, Double> taken = new HashMap<>(levels);
    uses(move).forEach((bucket, bytes) -> {
      double rate = bucket.rate(limits);
      if (rate < Double.POSITIVE_INFINITY) {
        taken.put(bucket, Math.min(rate, taken.getOrDefault(bucket, rate)) - bytes);
      }
    });
    return new ByteBudgets(Map.copyOf(taken), asOf);
  }
}

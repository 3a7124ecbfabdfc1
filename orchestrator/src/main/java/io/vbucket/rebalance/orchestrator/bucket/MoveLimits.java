package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.link.FlowBudget;
import java.util.HashMap;
import java.util.Map;

/**
 * What moves may use at the same time. Each can be changed while they run: what runs goes on, less or more starts from then on.
 *
 * @param maxConcurrent moves under way in the whole rebalance, 1 or more
 * @param movesPerNode moves under way that have the node as old or new active, for their whole time
 * @param backfillsPerNode backfills under way that charge the node: the old active, the new active, and each replica that is new
 * @param takeoversPerNode takeovers under way that have the node as old or new active, from before an attempt begins until it is settled
 * @param bytesPerSecondPerNode bytes of copies that a node sends, and as many that it receives
 * @param bytesPerSecondPerLink bytes of copies from one node to another; its own values are told by {@code source->destination}
 * @param urgentShare part of each of the first three that ordinary moves leave free while urgent ones wait for it, 0 to 0.9
 */
public record MoveLimits(
    int maxConcurrent,
    Each movesPerNode,
    Each backfillsPerNode,
    Each takeoversPerNode,
    Each bytesPerSecondPerNode,
    Each bytesPerSecondPerLink,
    double urgentShare) {
  private static final double USUAL_SHARE = 0.25;

  /**
   * A limit for all, and other ones for some by name.
   *
   * @param all 1 or more; {@link #UNLIMITED} for none
   */
  public record Each(long all, Map<String, Long> own) {
    public static final long UNLIMITED = Long.MAX_VALUE;

    public Each {
      own = Map.copyOf(own);
    }

    /** @param limit 0 for none */
    static Each of(long limit) {
      return new Each(orNone(limit), Map.of());
    }

    private static long orNone(long limit) {
      return limit == 0 ? UNLIMITED : limit;
    }

    public long of(String name) {
      return own.getOrDefault(name, all);
    }

    Each with(LimitChange change) {
      long limit = orNone(change.whole());
      if (change.node().isEmpty()) {
        return new Each(limit, own);
      }
      Map<String, Long> changed = new HashMap<>(own);
      changed.put(change.node().get(), limit);
      return new Each(all, changed);
    }

    boolean isUnlimited() {
      return all == UNLIMITED && own.values().stream().allMatch(limit -> limit == UNLIMITED);
    }
  }

  /** @throws IllegalArgumentException when a value is out of its range */
  public MoveLimits {
    if (maxConcurrent < 1 || urgentShare < 0 || urgentShare > 0.9) {
      throw new IllegalArgumentException(
          "maxConcurrent is " + maxConcurrent + ", allowed is 1 or more; urgentShare is " + urgentShare
              + ", allowed are 0 to 0.9");
    }
  }

  /** Without limits for takeovers and bytes. */
  public MoveLimits(int maxConcurrent, int movesPerNode, int backfillsPerNode) {
    this(maxConcurrent, Each.of(movesPerNode), Each.of(backfillsPerNode), Each.of(0), Each.of(0), Each.of(0),
        USUAL_SHARE);
  }

  /** As the settings say. */
  public static MoveLimits of(MoveSettings settings) {
    return new MoveLimits(
        settings.maxConcurrent(), Each.of(settings.movesPerNode()), Each.of(settings.backfillsPerNode()),
        Each.of(settings.takeoversPerNode()),
        Each.of(settings.bytesPerSecondPerNode()), Each.of(settings.bytesPerSecondPerLink()), settings.urgentShare());
  }

  /** The limits as they are after a change. */
  public MoveLimits with(LimitChange change) {
    LimitChange.Limit limit = change.limit();
    return new MoveLimits(
        limit == LimitChange.Limit.MAX_CONCURRENT ? Math.toIntExact(change.whole()) : maxConcurrent,
        limit == LimitChange.Limit.MOVES_PER_NODE ? movesPerNode.with(change) : movesPerNode,
        limit == LimitChange.Limit.BACKFILLS_PER_NODE ? backfillsPerNode.with(change) : backfillsPerNode,
        limit == LimitChange.Limit.TAKEOVERS_PER_NODE ? takeoversPerNode.with(change) : takeoversPerNode,
        limit == LimitChange.Limit.BYTES_PER_SECOND_PER_NODE
            ? bytesPerSecondPerNode.with(change)
            : bytesPerSecondPerNode,
        limit == LimitChange.Limit.BYTES_PER_SECOND_PER_LINK
            ? bytesPerSecondPerLink.with(change)
            : bytesPerSecondPerLink,
        limit == LimitChange.Limit.URGENT_SHARE ? change.value().doubleValue() : urgentShare);
  }

  /** What bounds the flow on links. */
  FlowBudget.Rates flowRates() {
    return new FlowBudget.Rates() {
      @Override
      public long ofNode(String node) {
        return bytesPerSecondPerNode.of(node);
      }

      @Override
      public long ofLink(String source, String destination) {
        return bytesPerSecondPerLink.of(source + "->" + destination);
      }
    };
  }

  boolean limitsBytes() {
    return !bytesPerSecondPerNode.isUnlimited() || !bytesPerSecondPerLink.isUnlimited();
  }

  /** Of {@code limit}, what ordinary moves may use while urgent ones wait: at least one place stays free. */
  long forOrdinary(long limit) {
    return urgentShare == 0 ? limit : limit - Math.max(1, (long) Math.floor(limit * urgentShare));
  }
}

package io.vbucket.rebalance.orchestrator.link;

/**
 * Holds back what a consumer tells its producer to be free again, while the budget has no bytes for it. The producer then runs into its own flow-control window and
 * stops, and nothing else does: NOOPs and answers are not counted against a window, so they are never late. Because every byte that is sent is
 * acknowledged once, the acknowledgements are as fast as the bytes; a link is ahead of its budget by one window at most.
 *
 * <p>A takeover does not wait: clients do. While one is open on the link nothing is held, and what passes then is made up for afterwards.
 */
final class AckPacing {
  /** How soon what is held is looked at again. A limit that was changed is felt so soon, too. */
  static final long LOOK_NANOS = 100_000_000;

  private final FlowBudget.Draw draw;
  private long held;

  AckPacing(FlowBudget.Draw draw) {
    this.draw = draw;
  }

  /** An acknowledgement has come; returns whether it is kept here instead of passing. */
  boolean keeps(int bytes) {
    if (held == 0 && !draw.isLimited()) {
      return false;
    }
    held += bytes;
    return true;
  }

  /**
   * Bytes that may be acknowledged now; they are held no more.
   *
   * @param hurried whether a takeover is open on the link
   */
  long release(boolean hurried) {
    if (held == 0) {
      return 0;
    }
    long released = held;
    if (hurried) {
      draw.charge(held);
    } else {
      released = draw.grant(held);
    }
    held -= released;
    return released;
  }

  /** Bytes that the link itself acknowledges: they were sent in vain, but sent. */
  void spent(long bytes) {
    draw.charge(bytes);
  }

  boolean isHolding() {
    return held > 0;
  }

  void end() {
    held = 0;
    draw.leave();
  }
}

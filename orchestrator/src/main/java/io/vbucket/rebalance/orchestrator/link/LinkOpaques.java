package io.vbucket.rebalance.orchestrator.link;

/**
 * The opaques of a link's own requests on one connection: {@code 0xE} in the top four bits, a sequence number in the next twenty, bit 7
 * set, the attempt in the low seven. So they lie outside the small counters of the nodes in either byte order: a CLOSE_STREAM whose opaque
 * equals that of a stream makes some nodes drop the connection. None is used twice on a connection (T29).
 */
public final class LinkOpaques {
  /** Opaque of requests that are never answered. */
  public static final int UNANSWERED = 0xE000_0080;

  /** So many requests fit on one connection. */
  public static final int CAPACITY = (1 << 20) - 1;

  private int last;

  /** Whether {@link #next} can be called once more. When not, the link must be replaced. */
  public boolean hasNext() {
    return last < CAPACITY;
  }

  /**
   * @param attempt the takeover attempt, 0 for none; its low seven bits are carried
   * @throws IllegalStateException when all are used up
   */
  public int next(int attempt) {
    if (!hasNext()) {
      throw new IllegalStateException("all " + CAPACITY + " opaques of this connection are used up");
    }
    last++;
    return 0xE000_0000 | last << 8 | 0x80 | attempt & 0x7f;
  }

  /** Whether {@code opaque} has the form of a link's own. */
  public static boolean isOwn(int opaque) {
    return opaque >>> 28 == 0xE && (opaque & 0x80) != 0;
  }

  /** The low seven bits of the attempt that an opaque of ours carries. */
  public static int attemptOf(int opaque) {
    return opaque & 0x7f;
  }
}

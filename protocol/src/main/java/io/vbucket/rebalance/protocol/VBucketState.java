package io.vbucket.rebalance.protocol;

/** What a node does with its copy of a vBucket. The codes are those of SET_VBUCKET and of DCP's SET_VBUCKET_STATE. */
public enum VBucketState {
  /** Serves clients. At most one node at a time. */
  ACTIVE(1),
  /** A copy that follows the active one. */
  REPLICA(2),
  /** About to become active: client operations are parked. */
  PENDING(3),
  /** Serves nobody and follows nobody. */
  DEAD(4);

  private final int code;

  VBucketState(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  public static VBucketState of(int code) {
    return switch (code) {
      case 1 -> ACTIVE;
      case 2 -> REPLICA;
      case 3 -> PENDING;
      case 4 -> DEAD;
      default -> throw new FrameFormatException(
          "vBucket state " + code + ": expected 1 active, 2 replica, 3 pending or 4 dead");
    };
  }

  /** The name that stats and configurations use: {@code active}, {@code replica}, {@code pending}, {@code dead}. */
  public String wireName() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  public static VBucketState ofWireName(String name) {
    for (VBucketState state : values()) {
      if (state.wireName().equals(name)) {
        return state;
      }
    }
    throw new FrameFormatException("vBucket state \"" + name + "\": expected active, replica, pending or dead");
  }
}

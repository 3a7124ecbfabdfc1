package io.vbucket.rebalance.orchestrator.link;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** What passed a link and what did not. Written by the relay's thread, at the latest at the end of each read; read by any. */
public final class LinkCounters {
  /** Why a frame was not passed on. */
  public enum Drop {
    /** Its stream is fenced, ended or not known (T3, T28). */
    SHUT_GATE,
    /** It answers a request of the link itself. */
    OWN_ANSWER,
    /** It answers what nobody asked, or asked no more (T29, T34). */
    UNASKED_ANSWER,
    /** The answer to a STREAM_END: a producer expects none. */
    STREAM_END_ANSWER,
    /** An acknowledgement that waits for its bytes to be allowed; the link acknowledges them later. */
    HELD_ACK,
    /** A request for a retry, which the link answers itself. */
    RETRY_REQUEST,
    /** A stream's frame from a consumer. */
    WRONG_DIRECTION
  }

  /** Frames and their bytes, headers included. */
  public record Amount(long frames, long bytes) {
  }

  private static final int FORWARDED = 0;

  private final AtomicLongArray frames = new AtomicLongArray(1 + Drop.values().length);
  private final AtomicLongArray bytes = new AtomicLongArray(1 + Drop.values().length);

  void forwarded(long moreFrames, long moreBytes) {
    add(FORWARDED, moreFrames, moreBytes);
  }

  void dropped(Drop why, long frameBytes) {
    add(1 + why.ordinal(), 1, frameBytes);
  }

  // One thread writes, so a plain sum that is published later is enough.
  private void add(int at, long moreFrames, long moreBytes) {
    frames.setRelease(at, frames.getPlain(at) + moreFrames);
    bytes.setRelease(at, bytes.getPlain(at) + moreBytes);
  }

  public Amount forwarded() {
    return amount(FORWARDED);
  }

  public Amount dropped(Drop why) {
    return amount(1 + why.ordinal());
  }

  /** What was dropped, by reason; reasons that never occurred are left out. */
  public Map<Drop, Amount> dropped() {
    Map<Drop, Amount> all = new EnumMap<>(Drop.class);
    for (Drop why : Drop.values()) {
      Amount amount = dropped(why);
      if (amount.frames() > 0) {
        all.put(why, amount);
      }
    }
    return all;
  }

  private Amount amount(int at) {
    return new Amount(frames.getAcquire(at), bytes.getAcquire(at));
  }

  @Override
  public String toString() {
    return "forwarded " + forwarded() + ", dropped " + dropped();
  }
}

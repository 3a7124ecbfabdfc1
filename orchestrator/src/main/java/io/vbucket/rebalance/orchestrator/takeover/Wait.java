package io.vbucket.rebalance.orchestrator.takeover;

import java.time.Duration;
import java.util.Optional;

/**
 * One thing that a move waits for.
 *
 * @param node name of the node that it waits for, empty when it waits for no node
 * @param what is to happen, as a sentence that follows "until"
 * @param threshold what is wanted, where that is a figure or a state; otherwise empty
 * @param actual what is known of it now, or empty
 * @param limit after which the wait is given up; empty for one that something else ends
 */
public record Wait(String node, String what, String threshold, String actual, Optional<Duration> limit) {
  public static Wait on(String node, String what, Duration limit) {
    return new Wait(node, what, "", "", Optional.of(limit));
  }

  /** Without a limit of its own. */
  public static Wait on(String node, String what) {
    return new Wait(node, what, "", "", Optional.empty());
  }

  /** The same, with what is wanted and what is known now. */
  public Wait with(String wanted, String now) {
    return new Wait(node, what, wanted, now, limit);
  }

  /** Whether it is the same wait, whatever is known of it by now. */
  public boolean isSame(Wait other) {
    return node.equals(other.node) && what.equals(other.what);
  }

  @Override
  public String toString() {
    if (threshold.isEmpty() && actual.isEmpty()) {
      return what;
    }
    String wanted = threshold.isEmpty() ? "" : "wanted: " + threshold + (actual.isEmpty() ? "" : ", ");
    return what + " (" + wanted + (actual.isEmpty() ? "" : "now: " + actual) + ")";
  }
}

package io.vbucket.rebalance.testkit.explore.search;

import java.util.List;

/**
 * How a state is reached from the first one.
 *
 * @param violated the rule that is broken at the end, empty for none
 * @param text how
 * @param steps in order
 */
public record Path(String violated, String text, List<Step> steps) {
  /**
   * @param key tells this successor from all others of its state, the same in every run
   * @param from name of the sender of the message that was taken, or of the machine that moved by itself
   * @param to name of the machine that moved
   * @param channel that the message came through, or empty
   * @param message that was taken, in words, or empty
   * @param text what the machine did
   * @param fault the fault that this was, or null
   * @param after the state that was reached
   */
  public record Step(
      String key, String from, String to, String channel, String message, String text, Fault fault, Snapshot after) {}

  public Path {
    steps = List.copyOf(steps);
  }
}

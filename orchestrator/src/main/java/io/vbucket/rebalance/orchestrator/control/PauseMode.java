package io.vbucket.rebalance.orchestrator.control;

import java.util.Locale;
import java.util.Optional;

/** What becomes of the moves that run when a rebalance is paused; a later mode interferes more than an earlier one. */
public enum PauseMode {
  /** They run to their end; nothing new starts. */
  DRAIN,
  /**
   * Each is held at its next safe point: between the steps that come before a takeover, or in the pause between two attempts. A takeover
   * that has begun ends first. A held move keeps its replica stream, and has no time limit.
   */
  PARK,
  /** They are taken back, wait again, and start anew when the rebalance goes on. What is past its takeover is finished. */
  ABORT;

  /** As operators write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<PauseMode> of(String word) {
    for (PauseMode mode : values()) {
      if (mode.word().equals(word)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}

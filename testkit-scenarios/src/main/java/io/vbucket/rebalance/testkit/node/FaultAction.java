package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.StreamEndReason;
import java.time.Duration;

/** What happens to a frame that a rule has matched. */
public sealed interface FaultAction {
  /** A received request is not done, but answered with this status; an answer that is sent has this status and nothing else. */
  record Answer(int status) implements FaultAction {}

  /** The frame is as if it had never come, or never leaves. */
  record Drop() implements FaultAction {}

  /** The frame waits until {@link NodeFaults#release}; later frames overtake it. */
  record Hold(String name) implements FaultAction {}

  /** The frame waits this long; later frames overtake it. */
  record Delay(Duration by) implements FaultAction {}

  /** The frame comes, or leaves, twice. */
  record Duplicate() implements FaultAction {}

  record CloseConnection() implements FaultAction {}

  /** From now on nothing more is read from the connection. */
  record StopReading() implements FaultAction {}

  /** The producer ends the vBucket's stream instead. */
  record EndStream(StreamEndReason reason) implements FaultAction {}

  /**
   * The consumer asks for a retry.
   *
   * @param instead true: the frame itself is dropped
   */
  record AskRetry(int reason, boolean instead) implements FaultAction {}

  /** Something else happens first, such as the node's death. */
  record Run(Runnable task) implements FaultAction {}
}

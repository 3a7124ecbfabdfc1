package io.vbucket.rebalance.testkit.script;

import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;

/** What a step does. A vBucket of {@link Trigger#ANY} is the one that the trigger was about. */
public sealed interface Action {
  /**
   * The consumer {@code node} asks for a retry of its takeover.
   *
   * @param forget whether it forgets its stream at the same time, without a word to the producer
   */
  record AskRetry(String node, int vbucket, boolean forget) implements Action {}

  /** All DCP connections of the node are cut. */
  record Cut(String node) implements Action {}

  /** The admin connections of the node are cut. */
  record CutAdmin(String node) implements Action {}

  /** The process dies. */
  record Kill(String node) implements Action {}

  record Restart(String node, boolean keepData) implements Action {}

  /** The node reads nothing more from its DCP connections. */
  record StopReading(String node) implements Action {}

  record ResumeReading(String node) implements Action {}

  /**
   * Somebody else sets the state of a vBucket.
   *
   * @param state null: deletes it
   */
  record SetState(String node, int vbucket, VBucketState state) implements Action {}

  /** The producer ends the stream of the vBucket on its own, with the reason. */
  record EndStream(String node, int vbucket, int reason) implements Action {}

  /**
   * A frame that no node sends: the producer {@code node} sends a STREAM_END with this opaque.
   *
   * @param opaque {@link Trigger#ANY}: the opaque of the newest stream of {@code like}
   * @param like a vBucket; {@link Trigger#ANY}: the same
   */
  record SendStreamEnd(String node, int vbucket, int opaque, int like) implements Action {}

  /** Somebody else writes a newer map to the nodes. */
  record NewerMap() implements Action {}

  /** So many documents are written to the vBucket. */
  record Write(int documents, int vbucket) implements Action {}

  /** A client that takes the node for the owner reads a document of the vBucket there. */
  record Read(String node, int vbucket) implements Action {}

  /** The operator stops the rebalance; takeovers may finish for {@code grace}. */
  record Stop(Duration grace) implements Action {}

  /** The operator steers the rebalance; a move to be cancelled with vBucket {@link Trigger#ANY} is the one that the trigger was about. */
  record Steer(ControlRequest request) implements Action {}

  /** Somebody asks for the same once more. */
  record AskAgain() implements Action {}

  /** What an earlier rebalance left is finished or undone. */
  record Repair() implements Action {}

  record KillOrchestrator() implements Action {}

  record RestartOrchestrator() implements Action {}
}

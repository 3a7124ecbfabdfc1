package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.protocol.VBucketState;

/** What a gate saw, told to the vBucket's stream actor in the order in which it was seen. */
public sealed interface GateReport {
  /** The stream that the report is about: counted by the stream actor, never reused. */
  int generation();

  /** The consumer's STREAM_REQ was passed on. */
  record Requested(int generation) implements GateReport {}

  /** The producer's consent to the stream was passed on. */
  record Accepted(int generation) implements GateReport {}

  /** The producer asked the consumer to roll back; the consumer will send a second STREAM_REQ (T21). */
  record RolledBack(int generation) implements GateReport {}

  /** The producer refused the stream; the consumer will hand the status on in its answer to ADD_STREAM. */
  record Refused(int generation, int status) implements GateReport {}

  /** A SET_VBUCKET_STATE was passed on to the consumer. */
  record StateAsked(int generation, VBucketState state) implements GateReport {}

  /** The consumer's consent to a SET_VBUCKET_STATE was passed on to the producer. */
  record StateConfirmed(int generation, VBucketState state) implements GateReport {}

  /** The consumer refused a SET_VBUCKET_STATE. Kept from the producer, which would take it for consent (T26); the gate is shut. */
  record StateRefused(int generation, VBucketState state, int status) implements GateReport {}

  /** The producer ended the stream. Passed on only when the destination was active; otherwise the gate is shut (T14). */
  record Ended(int generation, StreamEndReason reason, Progress progress) implements GateReport {}

  /** The consumer asked for a retry of this stream's takeover; answered with success, and the gate is shut. */
  record RetryAsked(int generation, int reason) implements GateReport {}

  /** The producer did what no producer does, e.g. asked for active before pending; the gate is shut. */
  record Violated(int generation, String what) implements GateReport {}
}

package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.StreamGate;

/**
 * The link with its relay.
 *
 * @param incarnation number of the present, or else the last, pair of connections
 * @param gate of the one vBucket
 * @param passed frames of the gate's stream that passed, in both directions
 * @param attached whether the stream actor still listens
 * @param consumerGone while it is down: whether the destination has dropped the old connection
 * @param producerGone the same for the source
 * @param consumerTried whether it was tried in this round to make the destination drop it
 * @param producerTried the same for the source
 */
public record Link(
    Status status, int incarnation, StreamGate gate, int passed, boolean attached, boolean consumerGone,
    boolean producerGone,
    boolean consumerTried, boolean producerTried) {
  /** How the connections are. */
  public enum Status {
    UP,
    /** Lost; the nodes are made to drop the old connections. */
    KICKING,
    CONNECTING
  }

  static final Link FIRST = new Link(
      Status.CONNECTING, 0, StreamGate.CLOSED, 0, true, true, true, false, false);

  Link with(StreamGate next) {
    return new Link(
        status, incarnation, next, passed, attached, consumerGone, producerGone, consumerTried, producerTried);
  }

  Link opened(StreamGate next) {
    return new Link(status, incarnation, next, 0, attached, consumerGone, producerGone, consumerTried, producerTried);
  }

  Link passing() {
    return new Link(
        status, incarnation, gate, passed + 1, attached, consumerGone, producerGone, consumerTried, producerTried);
  }

  Link detached(StreamGate next) {
    return new Link(status, incarnation, next, passed, false, consumerGone, producerGone, consumerTried, producerTried);
  }

  Link broken(StreamGate next) {
    return new Link(Status.KICKING, incarnation, next, passed, attached, false, false, false, false);
  }

  Link up() {
    return new Link(Status.UP, incarnation + 1, StreamGate.CLOSED, 0, attached, true, true, false, false);
  }

  /** One side was told to drop its old connection. */
  Link kicked(boolean consumer, boolean gone) {
    return new Link(status, incarnation, gate, passed, attached, consumerGone || consumer && gone,
        producerGone || !consumer && gone, consumerTried || consumer, producerTried || !consumer);
  }

  Link nextRound() {
    boolean allGone = consumerGone && producerGone;
    return new Link(allGone ? Status.CONNECTING : status, incarnation, gate, passed, attached, consumerGone,
        producerGone, false, false);
  }

  boolean isRoundOver() {
    return (consumerGone || consumerTried) && (producerGone || producerTried);
  }

  String name() {
    return nameOf(incarnation);
  }

  static String nameOf(int incarnation) {
    return "link-" + incarnation;
  }
}

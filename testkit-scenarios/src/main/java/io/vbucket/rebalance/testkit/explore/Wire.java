package io.vbucket.rebalance.testkit.explore;

import java.util.Arrays;

/**
 * What is under way on one way of one socket, first in first out: frames, or bytes that were received and not yet acted on. Immutable.
 */
record Wire(Signal... signals) {
  static final Wire EMPTY = new Wire();

  /** What a frame means to the models; opaques of streams are the consumer's counter, requests of the relay carry the generation. */
  record Signal(Kind kind, int number, int more) {
    @Override
    public String toString() {
      return switch (kind) {
        case ADD_STREAM -> "ADD_STREAM(" + (more == 1 ? "takeover" : "replica") + ", stream " + number + ")";
        case ADD_ANSWER -> "ADD_STREAM answer(stream " + number + ", status " + more + ")";
        case CLOSE -> "CLOSE_STREAM(stream " + number + ")";
        case CLOSE_ANSWER -> "CLOSE_STREAM answer(stream " + number + ", status " + more + ")";
        case REQUEST -> "STREAM_REQ(opaque " + number + (more == 1 ? ", takeover)" : ")");
        case REQUEST_ANSWER -> "STREAM_REQ answer(opaque " + number + ", status " + more + ")";
        case DATA -> "MUTATION(opaque " + number + ", seqno " + more + ")";
        case SET_STATE -> "SET_VBUCKET_STATE(opaque " + number + ", " + (more == 1 ? "active" : "pending") + ")";
        case STATE_ANSWER -> "SET_VBUCKET_STATE answer(opaque " + number + ", status " + more + ")";
        case END -> "STREAM_END(opaque " + number + ", flags " + more + ")";
        case RETRY -> "retry request(opaque " + number + ")";
      };
    }
  }

  enum Kind {
    ADD_STREAM,
    ADD_ANSWER,
    CLOSE,
    CLOSE_ANSWER,
    REQUEST,
    REQUEST_ANSWER,
    DATA,
    SET_STATE,
    STATE_ANSWER,
    END,
    RETRY
  }

  boolean isEmpty() {
    return signals.length == 0;
  }

  Signal first() {
    return signals[0];
  }

  Wire rest() {
    return new Wire(Arrays.copyOfRange(signals, 1, signals.length));
  }

  Wire with(Signal signal) {
    Signal[] more = Arrays.copyOf(signals, signals.length + 1);
    more[signals.length] = signal;
    return new Wire(more);
  }

  Wire without(int index) {
    Signal[] fewer = new Signal[signals.length - 1];
    System.arraycopy(signals, 0, fewer, 0, index);
    System.arraycopy(signals, index + 1, fewer, index, fewer.length - index);
    return new Wire(fewer);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Wire that && Arrays.equals(signals, that.signals);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(signals);
  }

  @Override
  public String toString() {
    return Arrays.toString(signals);
  }
}

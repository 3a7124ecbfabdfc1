package io.vbucket.rebalance.testkit.explore.naive;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Signal;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import java.util.List;

/**
 * The second writer to the consumer's socket: adds the stream, and adds it again as soon as anything sounds like a retry. Goes by the vBucket, so
 * whatever is heard is taken to be about the present attempt; nothing of the one before is closed or waited for.
 */
final class NaiveRetrier implements Machine<NaiveRetrier.State> {
  /** The mover's order. */
  record Go() {}

  /** The report that the destination is active. */
  record Done() {}

  /**
   * @param attempt 0 before the first
   * @param addAnswered whether ADD_STREAM was answered with success
   * @param consents successful answers to SET_VBUCKET_STATE: after the second the destination is active
   */
  record State(int attempt, boolean addAnswered, int consents) {
    private boolean active() {
      return consents >= 2;
    }
  }

  private final int maxAttempts;

  NaiveRetrier(int maxAttempts) {
    this.maxAttempts = maxAttempts;
  }

  @Override
  public State first() {
    return new State(0, false, 0);
  }

  @Override
  public State struck(State state, Object blow) {
    throw new IllegalStateException("nobody strikes the retrier");
  }

  @Override
  public List<Turn> alone(State state) {
    return List.of();
  }

  @Override
  public List<Turn> receive(State state, Object message) {
    return List.of(message instanceof Go ? add(state) : heard(state, (Signal) message));
  }

  private Turn heard(State state, Signal signal) {
    return switch (signal.kind()) {
      case ADD_STREAM_ANSWER -> signal.value() == Status.SUCCESS
          ? doneIfComplete(new State(state.attempt(), true, state.consents()))
          : Turn.to(state, "fails");
      case SET_VBUCKET_STATE_ANSWER ->
          doneIfComplete(new State(state.attempt(), state.addAnswered(), state.consents() + 1));
      case RETRY_REQUEST -> blaming(retried(state), state, signal, "T10",
          "the request for a retry of attempt " + signal.generation() + " restarted attempt " + state.attempt());
      case STREAM_END -> state.active()
          ? Turn.to(state, "is done")
          : blaming(retried(state), state, signal, "T3",
              "the late STREAM_END of attempt " + signal.generation() + " ended attempt " + state.attempt());
      default -> throw new IllegalStateException("the relay tells nothing of " + signal);
    };
  }

  private static Turn blaming(Turn turn, State state, Signal signal, String race, String text) {
    return signal.generation() == state.attempt() ? turn : turn.breaking(race, text);
  }

  private static Turn doneIfComplete(State state) {
    return state.addAnswered() && state.active()
        ? Turn.to(state, "is done").sending(Parts.REPORTS, new Done())
        : Turn.to(state, "goes on");
  }

  private Turn retried(State state) {
    return state.attempt() == maxAttempts ? Turn.to(state, "gives up") : add(state);
  }

  private static Turn add(State state) {
    State next = new State(state.attempt() + 1, false, 0);
    return Turn.to(next, "writes ADD_STREAM at once").sending(
        Parts.TO_CONSUMER, new Signal(Signal.Kind.ADD_STREAM, 0, 1, next.attempt()));
  }
}

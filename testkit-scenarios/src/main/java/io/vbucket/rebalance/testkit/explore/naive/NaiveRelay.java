package io.vbucket.rebalance.testkit.explore.naive;

import io.vbucket.rebalance.testkit.explore.model.Connection;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Signal;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import java.util.List;

/** Passes on whatever comes, and tells the one who retries of what may interest him. */
final class NaiveRelay implements Machine<NaiveRelay.State> {
  /** Whether the connections stand. */
  record State(boolean up) {}

  @Override
  public State first() {
    return new State(false);
  }

  @Override
  public State struck(State state, Object blow) {
    throw new IllegalStateException("nobody strikes the relay");
  }

  @Override
  public List<Turn> receive(State state, Object message) {
    Signal signal = (Signal) message;
    return List.of(switch (signal.kind()) {
      case STREAM_REQ, SNAPSHOT_ANSWER -> Turn.to(state, "passes it on").sending(Parts.TO_PRODUCER, signal);
      case STREAM_REQ_ANSWER, SNAPSHOT, SET_VBUCKET_STATE ->
          Turn.to(state, "passes it on").sending(Parts.TO_CONSUMER, signal);
      case SET_VBUCKET_STATE_ANSWER -> Turn.to(state, "passes it on and tells").sending(Parts.TO_PRODUCER, signal)
          .sending(Parts.EVENTS, signal);
      case STREAM_END -> Turn.to(state, "passes it on and tells").sending(Parts.TO_CONSUMER, signal)
          .sending(Parts.EVENTS, signal);
      case ADD_STREAM_ANSWER, RETRY_REQUEST -> Turn.to(state, "tells").sending(Parts.EVENTS, signal);
      default -> throw new IllegalStateException("no node sends " + signal + " here");
    });
  }

  @Override
  public List<Turn> alone(State state) {
    return state.up()
        ? List.of()
        : List.of(Turn.to(new State(true), "comes up")
            .striking(Parts.SOURCE, Connection.Blow.OPENED)
            .striking(Parts.DESTINATION, Connection.Blow.OPENED));
  }
}

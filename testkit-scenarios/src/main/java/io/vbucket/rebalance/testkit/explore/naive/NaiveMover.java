package io.vbucket.rebalance.testkit.explore.naive;

import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Question;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import java.util.List;

/** Makes the destination a replica and leaves the rest to the retrier. */
final class NaiveMover implements Machine<NaiveMover.State> {
  /** Where it stands. */
  enum State {
    NEW,
    PREPARING,
    TAKING_OVER,
    DONE
  }

  @Override
  public State first() {
    return State.NEW;
  }

  @Override
  public State struck(State state, Object blow) {
    throw new IllegalStateException("nobody strikes the mover");
  }

  @Override
  public List<Turn> receive(State state, Object message) {
    return List.of(state == State.PREPARING
        ? Turn.to(State.TAKING_OVER, "orders the takeover").sending(Parts.ORDERS, new NaiveRetrier.Go())
        : Turn.to(State.DONE, "is done"));
  }

  @Override
  public List<Turn> alone(State state) {
    return state == State.NEW
        ? List.of(Turn.to(State.PREPARING, "begins").sending(Parts.ASK_DESTINATION,
            new Question(Parts.ANSWERS_TO_MOVER, 1, Question.What.SET_REPLICA, 0)))
        : List.of();
  }
}

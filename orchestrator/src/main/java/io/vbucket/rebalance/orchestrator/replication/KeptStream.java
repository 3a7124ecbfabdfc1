package io.vbucket.rebalance.orchestrator.replication;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.List;

/**
 * The life of one stream from an active to a replica that shall last: both copies are looked at, a copy that is not there is made, the stream
 * is added; whatever ends it, it is added again after a pause that grows. Pure; {@link #on} is a function of state and event.
 *
 * @param failures how often in a row it could not be had, or did not last
 * @param trouble why it does not run, or empty
 */
record KeptStream(Stage stage, int failures, String trouble) {
  /** How often a node that does not answer is asked before it is believed that it will not carry out an older command. */
  private static final int TRIES = 5;

  enum Stage {
    NEW,
    CHECKING,
    PREPARING,
    ADDING,
    RUNNING,
    PAUSING,
    /** The stream was told to end. */
    ENDING,
    /** It shall end, but the replica's node was told something and has not answered: its next answer shows that it will not do it later. */
    CLEARING,
    GONE
  }

  static final KeptStream INITIAL = new KeptStream(Stage.NEW, 0, "");

  record Step(KeptStream next, List<KeptEffect> effects) {}

  boolean runs() {
    return stage == Stage.RUNNING;
  }

  Step on(KeptEvent event) {
    if (event instanceof KeptEvent.End) {
      return end();
    }
    return switch (stage) {
      case NEW -> event instanceof KeptEvent.Begin ? check(failures) : stay();
      case CHECKING -> event instanceof KeptEvent.StatesRead read ? checked(read) : stay();
      case PREPARING -> event instanceof KeptEvent.Prepared prepared ? prepared(prepared) : stay();
      case ADDING -> adding(event);
      case RUNNING -> running(event);
      case PAUSING -> event instanceof KeptEvent.TimedOut ? check(failures) : stay();
      case ENDING -> event instanceof KeptEvent.Ended ? gone() : stay();
      case CLEARING -> clearing(event);
      case GONE -> stay();
    };
  }

  private Step check(int failed) {
    return to(Stage.CHECKING, failed, trouble, new KeptEffect.ReadStates());
  }

  private Step checked(KeptEvent.StatesRead read) {
    if (read.active() != CopyState.ACTIVE) {
      return pause("its active is " + read.active());
    }
    return switch (read.replica()) {
      case REPLICA -> to(Stage.ADDING, failures, trouble, new KeptEffect.Replicate());
      case ABSENT, DEAD, PENDING -> to(Stage.PREPARING, failures, trouble, new KeptEffect.Prepare());
      case ACTIVE -> pause("the replica is active, too");
      case UNREACHABLE -> pause("the replica's node does not answer");
    };
  }

  private Step prepared(KeptEvent.Prepared prepared) {
    return prepared.done()
        ? to(Stage.ADDING, failures, trouble, new KeptEffect.Replicate())
        : pause(prepared.detail());
  }

  private Step adding(KeptEvent event) {
    if (event instanceof KeptEvent.Running) {
      return to(Stage.RUNNING, failures, "", new KeptEffect.StartTimer(0));
    }
    return event instanceof KeptEvent.Ended ended ? pause(ended.why()) : stay();
  }

  private Step running(KeptEvent event) {
    if (event instanceof KeptEvent.TimedOut) {
      return to(Stage.RUNNING, 0, "");
    }
    return event instanceof KeptEvent.Ended ended ? pause(ended.why()) : stay();
  }

  private Step pause(String why) {
    return to(Stage.PAUSING, failures + 1, why, new KeptEffect.StartTimer(failures + 1));
  }

  // ---- the end

  private Step end() {
    return switch (stage) {
      case NEW, CHECKING, PAUSING -> gone();
      case PREPARING -> to(Stage.CLEARING, 0, trouble);
      case ADDING, RUNNING ->
          to(Stage.ENDING, failures, trouble, new KeptEffect.CancelTimer(), new KeptEffect.EndStream());
      case ENDING, CLEARING, GONE -> stay();
    };
  }

  private Step clearing(KeptEvent event) {
    if (event instanceof KeptEvent.Prepared prepared) {
      return prepared.answered() || prepared.done()
          ? gone()
          : to(Stage.CLEARING, 0, trouble, new KeptEffect.ReadStates());
    }
    if (event instanceof KeptEvent.StatesRead read) {
      return read.replica() == CopyState.UNREACHABLE && failures < TRIES
          ? to(Stage.CLEARING, failures + 1, trouble, new KeptEffect.StartTimer(failures + 1))
          : gone();
    }
    return event instanceof KeptEvent.TimedOut
        ? to(Stage.CLEARING, failures, trouble, new KeptEffect.ReadStates())
        : stay();
  }

  private Step gone() {
    return to(Stage.GONE, failures, trouble, new KeptEffect.CancelTimer(), new KeptEffect.Gone());
  }

  private Step stay() {
    return new Step(this, List.of());
  }

  private Step to(Stage next, int failed, String why, KeptEffect... effects) {
    return new Step(new KeptStream(next, failed, why), List.of(effects));
  }
}

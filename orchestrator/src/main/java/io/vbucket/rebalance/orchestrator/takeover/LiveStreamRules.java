package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.orchestrator.takeover.GateReport.Ended;
import io.vbucket.rebalance.orchestrator.takeover.GateReport.StateAsked;
import io.vbucket.rebalance.orchestrator.takeover.GateReport.StateConfirmed;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.CancelTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.Report;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.StartTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol.Step;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Live;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.List;

/**
 * What follows while a stream runs: how far the relay saw it come, which limit watches the next step, and when it is complete or given up.
 * Pure.
 */
final class LiveStreamRules {
  private LiveStreamRules() {}

  static Step on(TakeoverProtocol protocol, Live live, TakeoverEvent event) {
    if (event instanceof LinkEvent.AddAnswered answer && answer.generation() == protocol.generation()) {
      return answer.status() == Status.SUCCESS
          ? addConfirmed(protocol, live)
          : settle(protocol, live, FailureReason.ofAddStreamStatus(answer.status()),
              "ADD_STREAM answered " + Status.nameOf(answer.status()));
    }
    if (event instanceof LinkEvent.Saw saw && saw.report().generation() == protocol.generation()) {
      return saw(protocol, live, saw.report());
    }
    if (event instanceof LinkEvent.Activity activity && activity.generation() == protocol.generation()) {
      return activity.bytes() > live.bytes()
          ? protocol.to(new Live(live.attempt(), live.addAnswered(), live.progress(), activity.bytes()),
              new StartTimer(Timer.CATCH_UP))
          : settle(protocol, live, FailureReason.NO_PROGRESS, "no bytes have passed for a whole catch-up limit");
    }
    if (event instanceof TakeoverEvent.TimedOut timeout) {
      return timedOut(protocol, live, timeout.timer());
    }
    if (event instanceof TakeoverEvent.End end) {
      return settle(protocol, live, FailureReason.CANCELLED, end.why());
    }
    if (event instanceof TakeoverEvent.TakeOver asked && !live.isTakeover()) {
      return SettlingRules.settle(protocol, live, new Goal.ToTakeOver(asked.attempt()));
    }
    return protocol.stay();
  }

  private static Step addConfirmed(TakeoverProtocol protocol, Live live) {
    Live confirmed = new Live(live.attempt(), true, live.progress(), live.bytes());
    if (live.isTakeover()) {
      return finishIfComplete(protocol, confirmed);
    }
    return protocol.to(confirmed, new CancelTimer(Timer.ADD_STREAM), new Report(new StreamReport.Replicating()));
  }

  private static Step saw(TakeoverProtocol protocol, Live live, GateReport report) {
    if (report instanceof GateReport.Requested) {
      return protocol.to(at(live, Progress.REQUESTED));
    } else if (report instanceof GateReport.Accepted) {
      return live.isTakeover()
          ? protocol.to(at(live, Progress.STREAMING), new CancelTimer(Timer.ADD_STREAM), new StartTimer(Timer.CATCH_UP))
          : protocol.to(at(live, Progress.STREAMING));
    } else if (report instanceof StateAsked asked) {
      return asked.state() == VBucketState.PENDING
          ? protocol.to(at(live, Progress.PENDING_ASKED), new CancelTimer(Timer.CATCH_UP),
              new StartTimer(Timer.PENDING))
          : protocol.to(at(live, Progress.ACTIVE_ASKED));
    } else if (report instanceof StateConfirmed confirmed) {
      return confirmed.state() == VBucketState.PENDING
          ? protocol.to(
              at(live, Progress.PENDING_CONFIRMED),
              new CancelTimer(Timer.PENDING),
              new StartTimer(Timer.ACTIVE),
              new Report(new StreamReport.SourceGoesDead(live.attempt())))
          : protocol.to(
              at(live, Progress.ACTIVE_CONFIRMED),
              new CancelTimer(Timer.ACTIVE),
              new StartTimer(Timer.END),
              new Report(new StreamReport.DestinationActive(live.attempt())));
    } else if (report instanceof Ended ended) {
      return ended.progress() == Progress.ENDED
          ? finishIfComplete(protocol, at(live, Progress.ENDED))
          : settle(protocol, live, FailureReason.STREAM_ENDED,
              "STREAM_END(" + ended.reason() + ") at " + ended.progress());
    } else if (report instanceof GateReport.StateRefused refused) {
      return settle(
          protocol,
          live,
          FailureReason.STATE_REFUSED,
          "SET_VBUCKET_STATE(" + refused.state().wireName() + ") answered " + Status.nameOf(refused.status()));
    } else if (report instanceof GateReport.RetryAsked asked) {
      return settle(protocol, live, FailureReason.CONSUMER_ASKED,
          "the consumer asked for a retry, reason " + asked.reason());
    } else if (report instanceof GateReport.Violated violated) {
      return settle(protocol, live, FailureReason.PROTOCOL_VIOLATION, violated.what());
    }
    // Refused: the consumer hands the producer's status on in its answer to ADD_STREAM. RolledBack: it asks again (T21).
    return protocol.stay();
  }

  private static Step finishIfComplete(TakeoverProtocol protocol, Live live) {
    if (live.addAnswered() && live.progress() == Progress.ENDED) {
      return protocol.over(new StreamReport.TakenOver(live.attempt())).after(new CancelTimer(Timer.END));
    }
    return protocol.to(live);
  }

  private static Step timedOut(TakeoverProtocol protocol, Live live, Timer timer) {
    return switch (timer) {
      case ADD_STREAM ->
          settle(protocol, live, FailureReason.NO_PROGRESS, "ADD_STREAM got no further than " + live.progress());
      case CATCH_UP -> protocol.to(live, new TakeoverEffect.Probe(protocol.generation()));
      case PENDING -> settle(protocol, live, FailureReason.NO_PROGRESS, "no answer to SET_VBUCKET_STATE(pending)");
      case ACTIVE ->
          settle(protocol, live, FailureReason.NO_PROGRESS,
              "destination not active in time, stream is at " + live.progress());
      case END -> SettlingRules.settle(protocol, live, new Goal.ToComplete(live.attempt()));
      default -> protocol.stay();
    };
  }

  private static Live at(Live live, Progress reached) {
    return new Live(live.attempt(), live.addAnswered(), Progress.furthest(live.progress(), reached), live.bytes());
  }

  private static Step settle(TakeoverProtocol protocol, Live live, FailureReason reason, String detail) {
    return SettlingRules.settle(protocol, live, goalAfter(live, live.progress(), reason, detail));
  }

  /** Whatever goes wrong after the destination said that it is active, the takeover is complete (T9, T19). */
  static Goal goalAfter(Live live, Progress progress, FailureReason reason, String detail) {
    return progress.atLeast(Progress.ACTIVE_CONFIRMED) && live.isTakeover()
        ? new Goal.ToComplete(live.attempt())
        : new Goal.ToFail(live.attempt(), reason, detail);
  }

  /** Of all limits that a running stream may have. */
  static List<TakeoverEffect> cancelTimers() {
    return List.of(
        new CancelTimer(Timer.ADD_STREAM),
        new CancelTimer(Timer.CATCH_UP),
        new CancelTimer(Timer.PENDING),
        new CancelTimer(Timer.ACTIVE),
        new CancelTimer(Timer.END));
  }
}

package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.CancelTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.StartTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol.Step;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Live;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Settling;
import io.vbucket.rebalance.protocol.Status;
import java.util.ArrayList;
import java.util.List;

/**
 * What follows while a stream is being ended: the relay's gate shut first, then both sides closed, and nothing goes on before all three have
 * answered. Also what becomes of the goal when an order or a late piece of evidence arrives meanwhile. Pure.
 */
final class SettlingRules {
  private SettlingRules() {}

  static Step settle(TakeoverProtocol protocol, Live live, Goal goal) {
    List<TakeoverEffect> effects = new ArrayList<>(LiveStreamRules.cancelTimers());
    effects.add(new TakeoverEffect.Fence(protocol.generation()));
    // The consumer first: once it has closed, SET_VBUCKET_STATE(active) can no longer be executed (T27).
    effects.add(new TakeoverEffect.CloseStream(protocol.generation(), Side.CONSUMER));
    effects.add(new TakeoverEffect.CloseStream(protocol.generation(), Side.PRODUCER));
    effects.add(new StartTimer(Timer.CLOSE));
    return new Step(
        new TakeoverProtocol(new Settling(goal, false, false, false, live.progress()), protocol.generation(),
            protocol.inquiry(), protocol.linkUp(), protocol.trouble()),
        List.copyOf(effects));
  }

  static Step on(TakeoverProtocol protocol, Settling s, TakeoverEvent event) {
    if (event instanceof LinkEvent.Fenced fenced && fenced.generation() == protocol.generation()) {
      Progress progress = Progress.furthest(s.progress(), fenced.progress());
      return settledIfDone(protocol, new Settling(s.goal(), true, s.consumerClosed(), s.producerClosed(), progress));
    }
    if (event instanceof LinkEvent.CloseAnswered answer && answer.generation() == protocol.generation()) {
      if (!Status.meansClosed(answer.status())) {
        return protocol.to(s, new TakeoverEffect.DropLink(
            answer.side() + " answered CLOSE_STREAM with " + Status.nameOf(answer.status())));
      }
      boolean consumer = s.consumerClosed() || answer.side() == Side.CONSUMER;
      boolean producer = s.producerClosed() || answer.side() == Side.PRODUCER;
      return settledIfDone(protocol, new Settling(s.goal(), s.fenced(), consumer, producer, s.progress()));
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.CLOSE) {
      // A peer that does not answer CLOSE_STREAM may still hold the stream: only the end of its connection settles it (T7, T33).
      return protocol.to(s, new TakeoverEffect.DropLink("no answer to CLOSE_STREAM from " + unanswered(s)));
    }
    if (event instanceof TakeoverEvent.End || event instanceof TakeoverEvent.TakeOver) {
      return protocol.to(new Settling(
          overtaken(s.goal(), event), s.fenced(), s.consumerClosed(), s.producerClosed(), s.progress()));
    }
    return protocol.stay();
  }

  private static Step settledIfDone(TakeoverProtocol protocol, Settling s) {
    if (!s.isSettled()) {
      return protocol.to(s);
    }
    return protocol.pursue(goalOnceSettled(s.goal(), s.progress()), s.progress(), true, true)
        .after(new CancelTimer(Timer.CLOSE));
  }

  /** Whatever was wanted before the destination said that it is active, the takeover is complete. */
  static Goal goalOnceSettled(Goal goal, Progress progress) {
    return progress.atLeast(Progress.ACTIVE_CONFIRMED) ? new Goal.ToComplete(goal.attempt()) : goal;
  }

  private static String unanswered(Settling s) {
    return s.consumerClosed() ? "the producer" : s.producerClosed() ? "the consumer" : "both sides";
  }

  /** An order arrives while a stream is being ended. */
  static Goal overtaken(Goal goal, TakeoverEvent order) {
    boolean wanted = goal instanceof Goal.ToTakeOver || goal instanceof Goal.ToReplicate;
    if (order instanceof TakeoverEvent.End end && wanted) {
      return new Goal.ToFail(goal.attempt(), FailureReason.CANCELLED, end.why());
    }
    // The mover had not heard yet that filling failed: then so did the attempt, and that is what it waits to hear.
    return order instanceof TakeoverEvent.TakeOver asked && goal instanceof Goal.ToFail failed && failed.attempt() == 0
        ? new Goal.ToFail(asked.attempt(), failed.reason(), failed.detail())
        : goal;
  }
}

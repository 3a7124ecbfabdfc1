package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.CancelTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.StartTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol.Step;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Inspecting;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Restoring;
import java.util.List;

/**
 * What follows while no stream is left and both copies are looked at: asks until an {@link Inspection} can decide, makes the source active
 * again where it says so, and reports the end. Pure.
 */
final class InspectionRules {
  private InspectionRules() {}

  static Step on(TakeoverProtocol protocol, Inspecting i, TakeoverEvent event) {
    if (event instanceof TakeoverEvent.StatesRead read && read.inquiry() == protocol.inquiry()) {
      return decided(protocol, i.having(read.source(), read.destination()), false);
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      return protocol.ask(i);
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.NODE_DOWN) {
      return decided(protocol, i, true).after(new CancelTimer(Timer.ASK_AGAIN));
    }
    if (event instanceof LinkEvent.OldConnectionsGone now) {
      Inspecting knowing = i.knowing(now);
      // What was read while a node could still act on an old connection may have changed since (T19, T27).
      return knowing.equals(i) ? protocol.stay() : protocol.ask(knowing).after(new CancelTimer(Timer.ASK_AGAIN));
    }
    if (event instanceof TakeoverEvent.End || event instanceof TakeoverEvent.TakeOver) {
      return protocol.to(i.wanting(SettlingRules.overtaken(i.goal(), event)));
    }
    return protocol.stay();
  }

  private static Step decided(TakeoverProtocol protocol, Inspecting i, boolean lastLook) {
    Inspection.Decision decision =
        new Inspection(i.goal(), i.progress(), i.consumerGone(), i.producerGone(), lastLook).decide(i.source(),
            i.destination());
    int attempt = i.goal().attempt();
    if (decision instanceof Inspection.Decision.LookAgain) {
      return protocol.to(i, new StartTimer(Timer.ASK_AGAIN));
    } else if (decision instanceof Inspection.Decision.Restore) {
      return new Step(
          new TakeoverProtocol(new Restoring(i), protocol.generation(), protocol.inquiry() + 1, protocol.linkUp(),
              protocol.trouble()),
          List.of(new TakeoverEffect.ActivateSource(protocol.inquiry() + 1)));
    }
    CancelTimer noMoreWaiting = new CancelTimer(Timer.NODE_DOWN);
    if (decision instanceof Inspection.Decision.Complete) {
      return protocol.over(new StreamReport.TakenOver(attempt)).after(noMoreWaiting);
    } else if (decision instanceof Inspection.Decision.Begin) {
      return (protocol.linkUp() ? protocol.add(attempt) : protocol.pursue(i.goal(), Progress.ENDED, true, true))
          .after(noMoreWaiting);
    } else if (decision instanceof Inspection.Decision.Fail fail) {
      return protocol.failed(attempt, fail.reason(), fail.detail(), i.destination()).after(noMoreWaiting);
    } else if (decision instanceof Inspection.Decision.CallOperator call) {
      return protocol.over(new StreamReport.NeedsOperator(attempt, call.detail())).after(noMoreWaiting);
    }
    throw new IllegalStateException("no rule for " + decision);
  }

  static Step on(TakeoverProtocol protocol, Restoring r, TakeoverEvent event) {
    if (event instanceof TakeoverEvent.SourceSet set && set.inquiry() == protocol.inquiry()) {
      return set.done() ? protocol.ask(r.inspecting()) : protocol.to(r.inspecting(), new StartTimer(Timer.ASK_AGAIN));
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.NODE_DOWN) {
      return protocol.over(new StreamReport.NeedsOperator(
          r.inspecting().goal().attempt(), "the source was told to become active again and has not answered"));
    }
    if (event instanceof LinkEvent.OldConnectionsGone now) {
      return protocol.to(new Restoring(r.inspecting().knowing(now)));
    }
    return protocol.stay();
  }
}

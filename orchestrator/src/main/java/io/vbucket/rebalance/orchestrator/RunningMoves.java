package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.bucket.BucketRebalance;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The moves of one run, and who has steered them and is not answered yet. Touched by the orchestrator alone. */
final class RunningMoves {
  private final ActorRef<BucketRebalance.Command> rebalance;
  private final Map<Long, ActorRef<ControlAnswer>> steerers = new LinkedHashMap<>();
  private long lastAsk;

  RunningMoves(ActorRef<BucketRebalance.Command> rebalance) {
    this.rebalance = rebalance;
  }

  void stop(Duration grace) {
    rebalance.tell(new BucketRebalance.Stop(grace));
  }

  void ask(BucketRebalance.Command question) {
    rebalance.tell(question);
  }

  void steer(ControlRequest request, ActorRef<ControlAnswer> replyTo) {
    long ask = ++lastAsk;
    steerers.put(ask, replyTo);
    rebalance.tell(new BucketRebalance.Control(ask, request));
  }

  void answered(long ask, ControlAnswer answer) {
    ActorRef<ControlAnswer> asked = steerers.remove(ask);
    if (asked != null) {
      asked.tell(answer);
    }
  }

  /** What was asked while they ended has reached nobody. */
  void ended(String why) {
    Set.copyOf(steerers.keySet()).forEach(ask -> answered(ask, new ControlAnswer.NotPossible(why)));
  }
}

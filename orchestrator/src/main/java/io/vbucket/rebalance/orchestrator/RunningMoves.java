package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.bucket.BucketRebalance;
import io.vbucket.rebalance.orchestrator.bucket.Explanations;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The moves of an orchestrator's run, while there are some, and who has asked something of them and is not answered yet. Touched by the
 * orchestrator alone.
 */
final class RunningMoves {
  private final ActorRef<RebalanceProgress> progress;
  private final Map<Long, ActorRef<ControlAnswer>> steerers = new LinkedHashMap<>();
  private final List<ActorRef<Optional<RebalanceProgress>>> curious = new ArrayList<>();
  private ActorRef<BucketRebalance.Command> rebalance;
  private long lastAsk;

  /** @param progress hands what it gets to {@link #told} */
  RunningMoves(ActorRef<RebalanceProgress> progress) {
    this.progress = progress;
  }

  void begun(ActorRef<BucketRebalance.Command> actor) {
    rebalance = actor;
  }

  /** Does nothing when there are none. */
  void stop(Duration grace) {
    if (rebalance != null) {
      rebalance.tell(new BucketRebalance.Stop(grace));
    }
  }

  void explain(OptionalInt vbucket, ActorRef<Explanations.Answer> replyTo) {
    if (rebalance == null) {
      replyTo.tell(new Explanations.Answer(List.of()));
    } else {
      rebalance.tell(new BucketRebalance.Explain(vbucket, replyTo));
    }
  }

  /** @param whyNone what is answered when there are none */
  void steer(ControlRequest request, ActorRef<ControlAnswer> replyTo, String whyNone) {
    if (rebalance == null) {
      replyTo.tell(new ControlAnswer.NotPossible(whyNone));
    } else {
      long ask = ++lastAsk;
      steerers.put(ask, replyTo);
      rebalance.tell(new BucketRebalance.Control(ask, request));
    }
  }

  void answered(long ask, ControlAnswer answer) {
    ActorRef<ControlAnswer> asked = steerers.remove(ask);
    if (asked != null) {
      asked.tell(answer);
    }
  }

  /** Whoever asks while others wait for the answer gets the same one. */
  void askProgress(ActorRef<Optional<RebalanceProgress>> replyTo) {
    curious.add(replyTo);
    if (rebalance == null) {
      told(Optional.empty());
    } else if (curious.size() == 1) {
      rebalance.tell(new BucketRebalance.GetProgress(progress));
    }
  }

  void told(Optional<RebalanceProgress> now) {
    curious.forEach(asker -> asker.tell(now));
    curious.clear();
  }

  /** What was asked while they ended has reached nobody. */
  void ended(String why) {
    rebalance = null;
    Set.copyOf(steerers.keySet()).forEach(ask -> answered(ask, new ControlAnswer.NotPossible(why)));
    told(Optional.empty());
  }
}

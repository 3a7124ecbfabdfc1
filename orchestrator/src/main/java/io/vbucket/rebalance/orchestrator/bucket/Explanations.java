package io.vbucket.rebalance.orchestrator.bucket;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.Explanation.OwnersView;
import io.vbucket.rebalance.orchestrator.move.VBucketMover;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Asks movers what they wait for, hands their answers on together, and stops. A mover that has ended meanwhile is not waited for long. */
public final class Explanations {
  private static final Duration LIMIT = Duration.ofSeconds(1);

  /** By vBucket. */
  public record Answer(List<Explanation> explanations) {
    public Answer {
      explanations = explanations.stream().sorted(Comparator.comparingInt(Explanation::vbucket)).toList();
    }
  }

  sealed interface Command {}

  private record Explained(Explanation explanation) implements Command {}

  private record TimeOver() implements Command {}

  private Explanations() {}

  /**
   * @param known by vBucket, what the owner of its move knows of its waits
   */
  static Behavior<Command> gather(
      List<ActorRef<VBucketMover.Command>> movers, Map<Integer, OwnersView> known, ActorRef<Answer> replyTo) {
    return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
      ActorRef<Explanation> answers = context.messageAdapter(
          Explanation.class,
          own -> new Explained(own.with(known.getOrDefault(own.vbucket(), OwnersView.NOTHING))));
      movers.forEach(mover -> mover.tell(new VBucketMover.Explain(answers)));
      timers.startSingleTimer(new TimeOver(), LIMIT);
      return gathering(movers.size(), new ArrayList<>(), replyTo);
    }));
  }

  private static Behavior<Command> gathering(int wanted, List<Explanation> got, ActorRef<Answer> replyTo) {
    if (got.size() == wanted) {
      replyTo.tell(new Answer(got));
      return Behaviors.stopped();
    }
    return Behaviors.receive(Command.class)
        .onMessage(Explained.class, explained -> {
          List<Explanation> more = new ArrayList<>(got);
          more.add(explained.explanation());
          return gathering(wanted, more, replyTo);
        })
        .onMessage(TimeOver.class, over -> {
          replyTo.tell(new Answer(got));
          return Behaviors.stopped();
        })
        .build();
  }
}

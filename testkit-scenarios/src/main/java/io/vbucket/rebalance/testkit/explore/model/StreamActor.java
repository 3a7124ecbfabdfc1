package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import io.vbucket.rebalance.testkit.explore.search.Turn.Urgency;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The real {@link TakeoverProtocol}, wrapped as {@code VBucketStream} wraps it. */
public final class StreamActor implements Machine<Streaming> {
  /** The mover has ended, and its stream actor with it. */
  public record Stop() {}

  /** Every move here is of this vBucket; that it is another number than any opaque or attempt shows up mistakes (T5). */
  static final int VBUCKET = 917;

  /** The number of the last question, as {@link Essence} counts. */
  private static final int LAST = 0;

  private final TakeoverRules rules;

  public StreamActor(TakeoverRules rules) {
    this.rules = rules;
  }

  @Override
  public Streaming first() {
    return Streaming.FIRST;
  }

  @Override
  public Streaming struck(Streaming stream, Object blow) {
    throw new IllegalStateException("nobody strikes the stream actor");
  }

  @Override
  public List<Turn> receive(Streaming stream, Object message) {
    if (stream.stopped()) {
      return List.of(Turn.to(stream, "is no more").when(Urgency.AT_ONCE));
    }
    if (message instanceof Stop) {
      return List
          .of(Turn.to(stream.stopping(), "stops").sending(Parts.COMMANDS, new LinkCommand.Detach(VBUCKET, null)));
    }
    if (message instanceof Reply reply) {
      return List.of(answered(stream, reply));
    }
    if (message instanceof LinkEvent.Up up) {
      return List.of(step(stream.hearing(up.producerName()), up));
    }
    boolean isOrder = !(message instanceof LinkEvent);
    return List.of(step(isOrder ? stream.owing(true) : stream, (TakeoverEvent) message));
  }

  private Turn answered(Streaming before, Reply reply) {
    Questions.Open question = before.questions().answered(reply);
    Streaming stream = before.with(before.questions().having(question));
    if (question.number() != LAST) {
      return Turn.to(stream, "does not listen to the late answer").when(Urgency.AT_ONCE);
    }
    if (reply.what() == Question.What.SET_ACTIVE) {
      return step(stream, new TakeoverEvent.SourceSet(LAST, reply.done()));
    }
    return question.answers() == 0
        ? step(stream, new TakeoverEvent.StatesRead(LAST, question.source(), question.destination()))
        : Turn.to(stream, "waits for the other node's answer").when(Urgency.AT_ONCE);
  }

  @Override
  public List<Turn> alone(Streaming stream) {
    List<Turn> turns = new ArrayList<>();
    for (TakeoverEvent.Timer timer : TakeoverEvent.Timer.values()) {
      if (stream.runs(timer)) {
        Turn turn = step(stream.without(timer), new TakeoverEvent.TimedOut(timer));
        turns.add(turn.saying(timer + " runs out, " + turn.text())
            .when(timer == TakeoverEvent.Timer.ASK_AGAIN ? Urgency.PAUSE : Urgency.LIMIT));
      }
    }
    return turns;
  }

  private Turn step(Streaming stream, TakeoverEvent event) {
    TakeoverProtocol.Step step = rules.on(stream.core(), event);
    Turn turn = Turn.to(stream.with(step.next()), step.next().state().toString());
    for (TakeoverEffect effect : step.effects()) {
      turn = carriedOut(turn, effect);
    }
    Streaming next = (Streaming) turn.next();
    int last = step.next().inquiry();
    Questions questions = next.questions().countedFrom(last, Set.of(last));
    return turn.leadingTo(next.with(Essence.of(step.next())).with(questions));
  }

  private static Turn carriedOut(Turn turn, TakeoverEffect effect) {
    Streaming stream = (Streaming) turn.next();
    if (effect instanceof TakeoverEffect.OpenStream open) {
      return turn.sending(Parts.COMMANDS, new LinkCommand.OpenStream(
          VBUCKET, open.generation(), open.attempt(), open.takeover(), stream.heard()));
    } else if (effect instanceof TakeoverEffect.Fence fence) {
      return turn.sending(Parts.COMMANDS, new LinkCommand.Fence(VBUCKET, fence.generation()));
    } else if (effect instanceof TakeoverEffect.CloseStream close) {
      return turn.sending(Parts.COMMANDS, new LinkCommand.CloseStream(VBUCKET, close.generation(), close.side()));
    } else if (effect instanceof TakeoverEffect.Probe probe) {
      return turn.sending(Parts.COMMANDS, new LinkCommand.Probe(VBUCKET, probe.generation()));
    } else if (effect instanceof TakeoverEffect.DropLink) {
      return turn.sending(Parts.COMMANDS, new LinkCommand.Drop(VBUCKET, ""));
    } else if (effect instanceof TakeoverEffect.ReadStates read) {
      Question question = new Question(
          Parts.ANSWERS_TO_STREAM, stream.questions().freeTag(), Question.What.READ_STATE, 0);
      return turn.leadingTo(stream.with(stream.questions().asking(read.inquiry(), 2)))
          .sending(Parts.ASK_SOURCE, question)
          .sending(Parts.ASK_DESTINATION, question);
    } else if (effect instanceof TakeoverEffect.ActivateSource activate) {
      Question question = new Question(
          Parts.ANSWERS_TO_STREAM, stream.questions().freeTag(), Question.What.SET_ACTIVE, 0);
      return turn.leadingTo(stream.with(stream.questions().asking(activate.inquiry(), 1)))
          .sending(Parts.ASK_SOURCE, question);
    } else if (effect instanceof TakeoverEffect.StartTimer start) {
      return turn.leadingTo(stream.starting(start.timer()));
    } else if (effect instanceof TakeoverEffect.CancelTimer cancel) {
      return turn.leadingTo(stream.without(cancel.timer()));
    } else if (effect instanceof TakeoverEffect.Report report) {
      return reported(turn, stream, report.report());
    }
    throw new IllegalStateException("no way to carry out " + effect);
  }

  private static Turn reported(Turn turn, Streaming stream, StreamReport report) {
    boolean last = report instanceof StreamReport.TakenOver || report instanceof StreamReport.Failed
        || report instanceof StreamReport.NeedsOperator;
    if (!last && !(report instanceof StreamReport.Replicating)) {
      // Only observers listen to the others.
      return turn;
    }
    Turn next = (last ? turn.leadingTo(stream.owing(false)) : turn).sending(Parts.REPORTS, Essence.of(report));
    return last && !stream.owes() ? next.breaking("I8", "the mover was told " + report + " and had not asked") : next;
  }
}

package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.move.CopyTask;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveEffect;
import io.vbucket.rebalance.orchestrator.move.MoveEvent;
import io.vbucket.rebalance.orchestrator.move.MoveProtocol;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.testkit.explore.model.Moving.Running;
import io.vbucket.rebalance.testkit.explore.model.Question.What;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import io.vbucket.rebalance.testkit.explore.search.Turn.Urgency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The real {@link MoveProtocol} in a move of a vBucket without replicas, wrapped as {@code VBucketMover} wraps it, and the owner of the map, who
 * commits when he is asked, and gives slots for takeovers where those are limited.
 */
public final class MoverActor implements Machine<Moving> {
  static final String SOURCE = "source";
  static final String DESTINATION = "destination";

  private final MoveRules rules;
  private final MoveProtocol initial;

  /**
   * @param maxAttempts takeovers, and likewise fillings, before the move is given up
   * @param takeoverSlots whether takeovers are limited
   */
  public MoverActor(MoveRules rules, int maxAttempts, boolean takeoverSlots) {
    this.rules = rules;
    this.initial = MoveProtocol.initial(
        new Move("bucket", StreamActor.VBUCKET, SOURCE, DESTINATION),
        new MoveProtocol.Limits(maxAttempts, 1, takeoverSlots));
  }

  @Override
  public Moving first() {
    return new Moving(
        Essence.of(initial), new TreeSet<>(), Questions.NONE, false, false, false, Slot.NONE, Optional.empty());
  }

  @Override
  public Moving struck(Moving mover, Object blow) {
    throw new IllegalStateException("nobody strikes the mover");
  }

  @Override
  public List<Turn> receive(Moving mover, Object message) {
    if (message instanceof Reply reply) {
      return List.of(answered(mover, reply));
    }
    return List.of(mover.isOver()
        ? Turn.to(mover, "is no more").when(Urgency.AT_ONCE)
        : step(mover, new MoveEvent.Streamed(DESTINATION, (StreamReport) message)));
  }

  private static String nameOf(Side side) {
    return side == Side.PRODUCER ? SOURCE : DESTINATION;
  }

  private Turn answered(Moving before, Reply reply) {
    Questions.Open question = before.questions().answered(reply);
    Moving mover = before.with(before.questions().having(question));
    if (mover.isOver()) {
      return Turn.to(mover, "is no more").when(Urgency.AT_ONCE);
    }
    if (question.number() == Questions.STALE) {
      return Turn.to(mover, "does not listen to the late answer").when(Urgency.AT_ONCE);
    }
    int number = question.number();
    String node = nameOf(reply.side());
    String detail = reply.done() ? "" : "no answer";
    return switch (reply.what()) {
      case READ_STATE -> question.answers() == 0
          ? step(mover, new MoveEvent.StatesRead(
              number, Map.of(SOURCE, question.source(), DESTINATION, question.destination())))
          : Turn.to(mover, "waits for the other node's answer").when(Urgency.AT_ONCE);
      case SET_REPLICA -> step(mover, new MoveEvent.TaskDone(number, node, reply.done(), detail));
      case READ_BACKFILL -> step(mover, new MoveEvent.BackfillRead(
          number, DESTINATION, reply.done() && reply.number() >= 0,
          reply.number() < 0 ? Long.MAX_VALUE : reply.number()));
      case READ_HIGH_SEQNO -> reply.done()
          ? Turn.to(before.with(before.questions().goingOn(question)), "asks the destination to persist that").sending(
              Parts.WAITS,
              new Question(Parts.ANSWERS_TO_MOVER, reply.tag(), What.AWAIT_PERSISTENCE, reply.number()))
          : step(mover, new MoveEvent.Persisted(number, node, false, detail));
      case AWAIT_PERSISTENCE -> step(mover, new MoveEvent.Persisted(number, node, reply.done(), detail));
      case REMOVE_CHECK, REMOVE_SET_DEAD, REMOVE_DELETE -> removing(before, question, reply);
      case SET_ACTIVE -> throw new IllegalStateException("this mover makes no copy active");
    };
  }

  /** The session's three requests: an active copy is never removed, and one that is absent is as good as removed. */
  private Turn removing(Moving before, Questions.Open question, Reply reply) {
    Moving mover = before.with(before.questions().having(question));
    String node = nameOf(reply.side());
    What next = switch (reply.what()) {
      case REMOVE_CHECK -> What.REMOVE_SET_DEAD;
      case REMOVE_SET_DEAD -> What.REMOVE_DELETE;
      default -> null;
    };
    boolean checked = reply.what() == What.REMOVE_CHECK;
    if (!reply.done() || checked && reply.state() == CopyState.ACTIVE) {
      return step(mover, new MoveEvent.TaskDone(question.number(), node, false, "not removed"));
    }
    if (next == null || checked && reply.state() == CopyState.ABSENT) {
      return step(mover, new MoveEvent.TaskDone(question.number(), node, true, ""));
    }
    return Turn.to(before.with(before.questions().goingOn(question)), "goes on removing")
        .sending(channelTo(node), new Question(Parts.ANSWERS_TO_MOVER, reply.tag(), next, 0));
  }

  private static int channelTo(String node) {
    return node.equals(SOURCE) ? Parts.ASK_SOURCE : Parts.ASK_DESTINATION;
  }

  // ---- of itself

  @Override
  public List<Turn> alone(Moving mover) {
    List<Turn> turns = new ArrayList<>();
    if (mover.isOver()) {
      return turns;
    }
    if (!mover.begun()) {
      turns.add(step(mover.beginning(), new MoveEvent.Begin()));
      return turns;
    }
    for (Running running : mover.timers()) {
      Turn turn = step(mover.without(running), new MoveEvent.TimedOut(running.timer(), running.node()));
      turns.add(turn.saying(running.timer() + " runs out, " + turn.text()).when(urgencyOf(running.timer())));
    }
    if (mover.commits()) {
      turns.add(step(mover.committing(false, true), new MoveEvent.Committed(LAST, true, ""))
          .saying("the map is committed"));
      turns.add(step(
          mover.committing(false, mover.committed()), new MoveEvent.Committed(LAST, false, "no node took the map"))
          .saying("no node takes the map").at(Fault.SILENCES));
    }
    if (mover.slot().use() == Slot.Use.WANTED) {
      turns.add(step(mover.having(mover.slot().being(Slot.Use.TAKEN)), new MoveEvent.SlotGranted(LAST))
          .saying("it is its turn to take over"));
    }
    if (mover.slot().late()) {
      turns.add(step(mover.having(mover.slot().withoutLate()), new MoveEvent.SlotGranted(LAST - 1))
          .saying("a turn comes that it does not wait for any more"));
    }
    turns.add(step(mover, new MoveEvent.Cancel("the operator cancelled"))
        .saying("the operator cancels the move").at(Fault.CANCELS));
    return turns;
  }

  /** The number of the last question, as {@link Essence} counts. */
  private static final int LAST = 0;

  private static Urgency urgencyOf(MoveEvent.Timer timer) {
    return switch (timer) {
      case POLL, BACK_OFF, ASK_AGAIN -> Urgency.PAUSE;
      case BACKFILL_STALL, PERSISTENCE -> Urgency.LIMIT;
    };
  }

  // ---- the core

  private Turn step(Moving mover, MoveEvent event) {
    MoveProtocol.Step step = rules.on(mover.core(), event);
    Turn turn = Turn.to(mover.with(step.next()), step.next().state().toString());
    for (MoveEffect effect : step.effects()) {
      turn = carriedOut(turn, effect);
    }
    Moving next = (Moving) turn.next();
    int last = step.next().question();
    return turn.leadingTo(next
        .with(Essence.of(step.next(), last))
        .with(next.questions().countedFrom(last, Essence.questionsIn(step.next()))));
  }

  private static Turn carriedOut(Turn turn, MoveEffect effect) {
    Moving mover = (Moving) turn.next();
    if (effect instanceof MoveEffect.ReadStates read) {
      Question question = new Question(Parts.ANSWERS_TO_MOVER, mover.questions().freeTag(), What.READ_STATE, 0);
      return turn.leadingTo(mover.with(mover.questions().asking(read.question(), 2)))
          .sending(Parts.ASK_SOURCE, question)
          .sending(Parts.ASK_DESTINATION, question);
    } else if (effect instanceof MoveEffect.Perform perform) {
      return asking(turn, perform.question(), channelTo(perform.task().node()), whatOf(perform.task().kind()));
    } else if (effect instanceof MoveEffect.Command command) {
      Turn next = turn.sending(Parts.ORDERS, command.command());
      boolean early = command.command() instanceof TakeoverEvent.TakeOver && mover.core().limits().takeoverSlots()
          && mover.slot().use() != Slot.Use.TAKEN;
      return early ? next.breaking("I7", "a takeover begins although it is not its turn") : next;
    } else if (effect instanceof MoveEffect.ReadBackfill read) {
      return asking(turn, read.question(), Parts.ASK_SOURCE, What.READ_BACKFILL);
    } else if (effect instanceof MoveEffect.AwaitPersistence await) {
      return asking(turn, await.question(), Parts.ASK_SOURCE, What.READ_HIGH_SEQNO);
    } else if (effect instanceof MoveEffect.Commit) {
      return turn.leadingTo(mover.committing(true, mover.committed()));
    } else if (effect instanceof MoveEffect.AskSlot) {
      Turn next = turn.leadingTo(mover.having(mover.slot().being(Slot.Use.WANTED)));
      return mover.slot().use() == Slot.Use.NONE ? next : next.breaking("I7", "a slot is asked for twice");
    } else if (effect instanceof MoveEffect.FreeSlot) {
      return turn.leadingTo(mover.having(mover.slot().freed()));
    } else if (effect instanceof MoveEffect.StartTimer start) {
      return turn.leadingTo(mover.starting(new Running(start.timer(), start.node())));
    } else if (effect instanceof MoveEffect.CancelTimer cancel) {
      return turn.leadingTo(mover.without(new Running(cancel.timer(), cancel.node())));
    } else if (effect instanceof MoveEffect.Finish finish) {
      Turn next = turn.leadingTo(mover.ended(Essence.of(finish.outcome())))
          .sending(Parts.ORDERS, new StreamActor.Stop());
      if (mover.slot().use() != Slot.Use.NONE) {
        return next.breaking("I7", "a slot is never given back: it is " + mover.slot().use());
      }
      return mover.isOver() ? next.breaking("I8", "the move ended twice: " + finish.outcome()) : next;
    } else if (effect instanceof MoveEffect.Entered || effect instanceof MoveEffect.AttemptFailed) {
      return turn;
    }
    throw new IllegalStateException("no way to carry out " + effect);
  }

  private static What whatOf(CopyTask.Kind kind) {
    return switch (kind) {
      case REPLICATE -> What.SET_REPLICA;
      case REMOVE -> What.REMOVE_CHECK;
      default -> throw new IllegalStateException("no task of a move without replicas: " + kind);
    };
  }

  private static Turn asking(Turn turn, int number, int channel, What what) {
    Moving mover = (Moving) turn.next();
    Question question = new Question(Parts.ANSWERS_TO_MOVER, mover.questions().freeTag(), what, 0);
    return turn.leadingTo(mover.with(mover.questions().asking(number, 1))).sending(channel, question);
  }
}

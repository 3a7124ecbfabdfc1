package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.orchestrator.takeover.GateReport.Ended;
import io.vbucket.rebalance.orchestrator.takeover.GateReport.StateAsked;
import io.vbucket.rebalance.orchestrator.takeover.GateReport.StateConfirmed;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.CancelTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.OpenStream;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.Report;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect.StartTimer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.AwaitingLink;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Idle;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Inspecting;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.LinkGone;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Live;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Over;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Restoring;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Settling;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.List;

/**
 * The life of one vBucket's streams over all attempts of its takeover: which stream may be added when, what ends it, and what is made
 * good before the next one. The order that rules out the race of a late STREAM_END with a new ADD_STREAM is here:
 *
 * <pre>
 *   live -> (anything goes wrong) -> fence, close both sides -> settled -> states read -> source restored -> reported
 *   next attempt -> states read -> ADD_STREAM
 * </pre>
 *
 * <p>A lost link takes the place of closing: then both nodes must have dropped its connections. Immutable; {@link #on} is a function of
 * state and event. Events that have no meaning in a state change nothing.
 *
 * @param generation the last stream that was added, 0 for none; never reused, so that whatever arrives late is told apart (I6)
 * @param inquiry number of the last question to the nodes; answers to earlier ones are not listened to
 * @param linkUp whether streams can be added
 */
public record TakeoverProtocol(TakeoverState state, int generation, int inquiry, boolean linkUp) {

  /** A vBucket that has no stream on a link that is not up. */
  public static final TakeoverProtocol INITIAL = new TakeoverProtocol(new Idle(), 0, 0, false);

  /** More than one move can add: attempts are limited to a thousand. */
  private static final int STREAMS_OF_A_MOVE = 100_000;

  /**
   * What the stream actor of a move begins with that had to be begun before over the same link: its streams are told apart from those.
   *
   * @param begun how often, 0 for the first time
   */
  public static TakeoverProtocol begunAnew(int begun) {
    return new TakeoverProtocol(new Idle(), begun * STREAMS_OF_A_MOVE, 0, false);
  }

  /**
   * What a stream actor begins with that takes over from one that broke in the midst of attempt {@code attempt}: the link is being
   * dropped, and the worst is assumed of what had passed on it.
   */
  public static TakeoverProtocol recovering(int attempt) {
    Goal goal = new Goal.ToFail(attempt, FailureReason.LINK_LOST, "the stream actor broke");
    return new TakeoverProtocol(new LinkGone(goal, Progress.ACTIVE_ASKED, false, false), 0, 0, false);
  }

  /** What follows from an event. */
  public record Step(TakeoverProtocol next, List<TakeoverEffect> effects) {
    /** The same step, with {@code first} carried out before its other effects. */
    Step after(TakeoverEffect... first) {
      return after(List.of(first));
    }

    Step after(List<TakeoverEffect> first) {
      List<TakeoverEffect> all = new ArrayList<>(first);
      all.addAll(effects);
      return new Step(next, List.copyOf(all));
    }
  }

  public Step on(TakeoverEvent event) {
    if (state instanceof Over) {
      return stay();
    }
    if (event instanceof LinkEvent.Up) {
      return linkIsUp();
    }
    if (event instanceof LinkEvent.Lost lost) {
      return linkIsLost(lost);
    }
    if (state instanceof Idle) {
      return idle(event);
    } else if (state instanceof AwaitingLink waiting) {
      return awaitingLink(waiting, event);
    } else if (state instanceof Live live) {
      return live(live, event);
    } else if (state instanceof Settling settling) {
      return settling(settling, event);
    } else if (state instanceof LinkGone gone) {
      return linkGone(gone, event);
    } else if (state instanceof Inspecting inspecting) {
      return inspecting(inspecting, event);
    } else if (state instanceof Restoring restoring) {
      return restoring(restoring, event);
    }
    throw new IllegalStateException("no rule for " + state);
  }

  // ---- the link

  private Step linkIsUp() {
    TakeoverProtocol up = new TakeoverProtocol(state, generation, inquiry, true);
    if (state instanceof AwaitingLink waiting) {
      return up.pursue(waiting.goal(), Progress.ENDED, true, true).after(new CancelTimer(Timer.LINK));
    }
    // A link comes up only after the connections of the one before are gone from both nodes.
    LinkEvent.OldConnectionsGone gone = new LinkEvent.OldConnectionsGone(true, true);
    if (state instanceof LinkGone waiting) {
      return up.linkGone(waiting, gone);
    }
    if (state instanceof Restoring restoring) {
      return up.restoring(restoring, gone);
    }
    return state instanceof Inspecting inspecting ? up.inspecting(inspecting, gone) : up.stay();
  }

  private Step linkIsLost(LinkEvent.Lost lost) {
    TakeoverProtocol down = new TakeoverProtocol(state, generation, inquiry, false);
    Progress seen = lost.generation() == generation ? lost.progress() : Progress.ADDED;
    if (state instanceof Live live) {
      Progress progress = Progress.furthest(live.progress(), seen);
      return down.awaitOldConnections(goalAfter(live, progress, FailureReason.LINK_LOST, lost.reason()), progress)
          .after(cancelLive());
    }
    if (state instanceof Settling settling) {
      Progress progress = Progress.furthest(settling.progress(), seen);
      return down.awaitOldConnections(goalOnceSettled(settling.goal(), progress), progress)
          .after(new CancelTimer(Timer.CLOSE));
    }
    return down.stay();
  }

  private Step awaitOldConnections(Goal goal, Progress progress) {
    return to(new LinkGone(goal, progress, false, false), new StartTimer(Timer.NODE_DOWN));
  }

  private Step linkGone(LinkGone gone, TakeoverEvent event) {
    if (event instanceof LinkEvent.OldConnectionsGone now) {
      return now.consumerGone() && now.producerGone()
          ? pursue(gone.goal(), gone.progress(), true, true).after(new CancelTimer(Timer.NODE_DOWN))
          : to(new LinkGone(gone.goal(), gone.progress(), now.consumerGone(), now.producerGone()));
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.NODE_DOWN) {
      return pursue(gone.goal(), gone.progress(), gone.consumerGone(), gone.producerGone());
    }
    if (event instanceof TakeoverEvent.End || event instanceof TakeoverEvent.TakeOver) {
      return to(new LinkGone(
          overtaken(gone.goal(), event), gone.progress(), gone.consumerGone(), gone.producerGone()));
    }
    return stay();
  }

  // ---- nothing runs

  private Step idle(TakeoverEvent event) {
    if (event instanceof TakeoverEvent.Replicate) {
      return pursue(new Goal.ToReplicate(), Progress.ENDED, true, true);
    }
    if (event instanceof TakeoverEvent.TakeOver asked) {
      return pursue(new Goal.ToTakeOver(asked.attempt()), Progress.ENDED, true, true);
    }
    // Nothing to end. If something ran when it was asked, its end is reported already, and once is enough.
    return stay();
  }

  private Step awaitingLink(AwaitingLink waiting, TakeoverEvent event) {
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.LINK) {
      return failed(waiting.goal().attempt(), FailureReason.LINK_LOST, "no link came up in time",
          CopyState.UNREACHABLE);
    }
    if (event instanceof TakeoverEvent.End end) {
      return failed(waiting.goal().attempt(), FailureReason.CANCELLED, end.why(), CopyState.UNREACHABLE)
          .after(new CancelTimer(Timer.LINK));
    }
    return stay();
  }

  /** Goes for {@code goal}, now that no stream is left. */
  private Step pursue(Goal goal, Progress progress, boolean consumerGone, boolean producerGone) {
    boolean needsLink = goal instanceof Goal.ToReplicate || goal instanceof Goal.ToTakeOver;
    if (needsLink && !linkUp) {
      return to(new AwaitingLink(goal), new StartTimer(Timer.LINK));
    }
    if (goal instanceof Goal.ToReplicate) {
      return add(0);
    }
    // A finished stream is no evidence of anything: whatever the states are now, this move did not make them.
    Progress evidence = progress == Progress.ENDED && !(goal instanceof Goal.ToComplete) ? Progress.ADDED : progress;
    return ask(new Inspecting(goal, evidence, consumerGone, producerGone, CopyState.UNREACHABLE, CopyState.UNREACHABLE))
        .after(new StartTimer(Timer.NODE_DOWN));
  }

  private Step add(int attempt) {
    int next = generation + 1;
    TakeoverProtocol added = new TakeoverProtocol(new Live(attempt, false, Progress.ADDED, 0), next, inquiry, linkUp);
    List<TakeoverEffect> effects = new ArrayList<>();
    effects.add(new OpenStream(next, attempt, attempt > 0));
    effects.add(new StartTimer(Timer.ADD_STREAM));
    if (attempt > 0) {
      effects.add(new Report(new StreamReport.Started(attempt)));
    }
    return new Step(added, List.copyOf(effects));
  }

  // ---- a stream runs

  private Step live(Live live, TakeoverEvent event) {
    if (event instanceof LinkEvent.AddAnswered answer && answer.generation() == generation) {
      return answer.status() == Status.SUCCESS
          ? addConfirmed(live)
          : settle(live, FailureReason.ofAddStreamStatus(answer.status()),
              "ADD_STREAM answered " + Status.nameOf(answer.status()));
    }
    if (event instanceof LinkEvent.Saw saw && saw.report().generation() == generation) {
      return saw(live, saw.report());
    }
    if (event instanceof LinkEvent.Activity activity && activity.generation() == generation) {
      return activity.bytes() > live.bytes()
          ? to(new Live(live.attempt(), live.addAnswered(), live.progress(), activity.bytes()),
              new StartTimer(Timer.CATCH_UP))
          : settle(live, FailureReason.NO_PROGRESS, "no bytes have passed for a whole catch-up limit");
    }
    if (event instanceof TakeoverEvent.TimedOut timeout) {
      return timedOut(live, timeout.timer());
    }
    if (event instanceof TakeoverEvent.End end) {
      return settle(live, FailureReason.CANCELLED, end.why());
    }
    if (event instanceof TakeoverEvent.TakeOver asked && !live.isTakeover()) {
      return settleFor(live, new Goal.ToTakeOver(asked.attempt()));
    }
    return stay();
  }

  private Step addConfirmed(Live live) {
    Live confirmed = new Live(live.attempt(), true, live.progress(), live.bytes());
    if (live.isTakeover()) {
      return finishIfComplete(confirmed);
    }
    return to(confirmed, new CancelTimer(Timer.ADD_STREAM), new Report(new StreamReport.Replicating()));
  }

  private Step saw(Live live, GateReport report) {
    if (report instanceof GateReport.Requested) {
      return to(at(live, Progress.REQUESTED));
    } else if (report instanceof GateReport.Accepted) {
      return live.isTakeover()
          ? to(at(live, Progress.STREAMING), new CancelTimer(Timer.ADD_STREAM), new StartTimer(Timer.CATCH_UP))
          : to(at(live, Progress.STREAMING));
    } else if (report instanceof StateAsked asked) {
      return asked.state() == VBucketState.PENDING
          ? to(at(live, Progress.PENDING_ASKED), new CancelTimer(Timer.CATCH_UP), new StartTimer(Timer.PENDING))
          : to(at(live, Progress.ACTIVE_ASKED));
    } else if (report instanceof StateConfirmed confirmed) {
      return confirmed.state() == VBucketState.PENDING
          ? to(
              at(live, Progress.PENDING_CONFIRMED),
              new CancelTimer(Timer.PENDING),
              new StartTimer(Timer.ACTIVE),
              new Report(new StreamReport.SourceGoesDead(live.attempt())))
          : to(
              at(live, Progress.ACTIVE_CONFIRMED),
              new CancelTimer(Timer.ACTIVE),
              new StartTimer(Timer.END),
              new Report(new StreamReport.DestinationActive(live.attempt())));
    } else if (report instanceof Ended ended) {
      return ended.progress() == Progress.ENDED
          ? finishIfComplete(at(live, Progress.ENDED))
          : settle(live, FailureReason.STREAM_ENDED, "STREAM_END(" + ended.reason() + ") at " + ended.progress());
    } else if (report instanceof GateReport.StateRefused refused) {
      return settle(
          live,
          FailureReason.STATE_REFUSED,
          "SET_VBUCKET_STATE(" + refused.state().wireName() + ") answered " + Status.nameOf(refused.status()));
    } else if (report instanceof GateReport.RetryAsked asked) {
      return settle(live, FailureReason.CONSUMER_ASKED, "the consumer asked for a retry, reason " + asked.reason());
    } else if (report instanceof GateReport.Violated violated) {
      return settle(live, FailureReason.PROTOCOL_VIOLATION, violated.what());
    }
    // Refused: the consumer hands the producer's status on in its answer to ADD_STREAM. RolledBack: it asks again (T21).
    return stay();
  }

  private Step finishIfComplete(Live live) {
    if (live.addAnswered() && live.progress() == Progress.ENDED) {
      return over(new StreamReport.TakenOver(live.attempt())).after(new CancelTimer(Timer.END));
    }
    return to(live);
  }

  private Step timedOut(Live live, Timer timer) {
    return switch (timer) {
      case ADD_STREAM -> settle(live, FailureReason.NO_PROGRESS, "ADD_STREAM got no further than " + live.progress());
      case CATCH_UP -> to(live, new TakeoverEffect.Probe(generation));
      case PENDING -> settle(live, FailureReason.NO_PROGRESS, "no answer to SET_VBUCKET_STATE(pending)");
      case ACTIVE ->
          settle(live, FailureReason.NO_PROGRESS, "destination not active in time, stream is at " + live.progress());
      case END -> settleFor(live, new Goal.ToComplete(live.attempt()));
      default -> stay();
    };
  }

  private Live at(Live live, Progress reached) {
    return new Live(live.attempt(), live.addAnswered(), Progress.furthest(live.progress(), reached), live.bytes());
  }

  // ---- a stream is ended

  private Step settle(Live live, FailureReason reason, String detail) {
    return settleFor(live, goalAfter(live, live.progress(), reason, detail));
  }

  /** Whatever goes wrong after the destination said that it is active, the takeover is complete (T9, T19). */
  private static Goal goalAfter(Live live, Progress progress, FailureReason reason, String detail) {
    return progress.atLeast(Progress.ACTIVE_CONFIRMED) && live.isTakeover()
        ? new Goal.ToComplete(live.attempt())
        : new Goal.ToFail(live.attempt(), reason, detail);
  }

  private Step settleFor(Live live, Goal goal) {
    List<TakeoverEffect> effects = new ArrayList<>(cancelLive());
    effects.add(new TakeoverEffect.Fence(generation));
    // The consumer first: once it has closed, SET_VBUCKET_STATE(active) can no longer be executed (T27).
    effects.add(new TakeoverEffect.CloseStream(generation, Side.CONSUMER));
    effects.add(new TakeoverEffect.CloseStream(generation, Side.PRODUCER));
    effects.add(new StartTimer(Timer.CLOSE));
    return new Step(
        new TakeoverProtocol(new Settling(goal, false, false, false, live.progress()), generation, inquiry, linkUp),
        List.copyOf(effects));
  }

  private Step settling(Settling s, TakeoverEvent event) {
    if (event instanceof LinkEvent.Fenced fenced && fenced.generation() == generation) {
      Progress progress = Progress.furthest(s.progress(), fenced.progress());
      return settledIfDone(new Settling(s.goal(), true, s.consumerClosed(), s.producerClosed(), progress));
    }
    if (event instanceof LinkEvent.CloseAnswered answer && answer.generation() == generation) {
      if (!Status.meansClosed(answer.status())) {
        return to(s, new TakeoverEffect.DropLink(
            answer.side() + " answered CLOSE_STREAM with " + Status.nameOf(answer.status())));
      }
      boolean consumer = s.consumerClosed() || answer.side() == Side.CONSUMER;
      boolean producer = s.producerClosed() || answer.side() == Side.PRODUCER;
      return settledIfDone(new Settling(s.goal(), s.fenced(), consumer, producer, s.progress()));
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.CLOSE) {
      // A peer that does not answer CLOSE_STREAM may still hold the stream: only the end of its connection settles it (T7, T33).
      return to(s, new TakeoverEffect.DropLink("no answer to CLOSE_STREAM from " + unanswered(s)));
    }
    if (event instanceof TakeoverEvent.End || event instanceof TakeoverEvent.TakeOver) {
      return to(new Settling(
          overtaken(s.goal(), event), s.fenced(), s.consumerClosed(), s.producerClosed(), s.progress()));
    }
    return stay();
  }

  private Step settledIfDone(Settling s) {
    if (!s.isSettled()) {
      return to(s);
    }
    return pursue(goalOnceSettled(s.goal(), s.progress()), s.progress(), true, true)
        .after(new CancelTimer(Timer.CLOSE));
  }

  /** Whatever was wanted before the destination said that it is active, the takeover is complete. */
  private static Goal goalOnceSettled(Goal goal, Progress progress) {
    return progress.atLeast(Progress.ACTIVE_CONFIRMED) ? new Goal.ToComplete(goal.attempt()) : goal;
  }

  private static String unanswered(Settling s) {
    return s.consumerClosed() ? "the producer" : s.producerClosed() ? "the consumer" : "both sides";
  }

  /** An order arrives while a stream is being ended. */
  private static Goal overtaken(Goal goal, TakeoverEvent order) {
    boolean wanted = goal instanceof Goal.ToTakeOver || goal instanceof Goal.ToReplicate;
    if (order instanceof TakeoverEvent.End end && wanted) {
      return new Goal.ToFail(goal.attempt(), FailureReason.CANCELLED, end.why());
    }
    // The mover had not heard yet that filling failed: then so did the attempt, and that is what it waits to hear.
    return order instanceof TakeoverEvent.TakeOver asked && goal instanceof Goal.ToFail failed && failed.attempt() == 0
        ? new Goal.ToFail(asked.attempt(), failed.reason(), failed.detail())
        : goal;
  }

  // ---- the states of both copies

  private Step inspecting(Inspecting i, TakeoverEvent event) {
    if (event instanceof TakeoverEvent.StatesRead read && read.inquiry() == inquiry) {
      return decided(i.having(read.source(), read.destination()), false);
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.ASK_AGAIN) {
      return ask(i);
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.NODE_DOWN) {
      return decided(i, true).after(new CancelTimer(Timer.ASK_AGAIN));
    }
    if (event instanceof LinkEvent.OldConnectionsGone now) {
      Inspecting knowing = i.knowing(now);
      // What was read while a node could still act on an old connection may have changed since (T19, T27).
      return knowing.equals(i) ? stay() : ask(knowing).after(new CancelTimer(Timer.ASK_AGAIN));
    }
    if (event instanceof TakeoverEvent.End || event instanceof TakeoverEvent.TakeOver) {
      return to(i.wanting(overtaken(i.goal(), event)));
    }
    return stay();
  }

  private Step decided(Inspecting i, boolean lastLook) {
    Inspection.Decision decision =
        new Inspection(i.goal(), i.progress(), i.consumerGone(), i.producerGone(), lastLook).decide(i.source(),
            i.destination());
    int attempt = i.goal().attempt();
    if (decision instanceof Inspection.Decision.LookAgain) {
      return to(i, new StartTimer(Timer.ASK_AGAIN));
    } else if (decision instanceof Inspection.Decision.Restore) {
      return new Step(
          new TakeoverProtocol(new Restoring(i), generation, inquiry + 1, linkUp),
          List.of(new TakeoverEffect.ActivateSource(inquiry + 1)));
    }
    CancelTimer noMoreWaiting = new CancelTimer(Timer.NODE_DOWN);
    if (decision instanceof Inspection.Decision.Complete) {
      return over(new StreamReport.TakenOver(attempt)).after(noMoreWaiting);
    } else if (decision instanceof Inspection.Decision.Begin) {
      return (linkUp ? add(attempt) : pursue(i.goal(), Progress.ENDED, true, true)).after(noMoreWaiting);
    } else if (decision instanceof Inspection.Decision.Fail fail) {
      return failed(attempt, fail.reason(), fail.detail(), i.destination()).after(noMoreWaiting);
    } else if (decision instanceof Inspection.Decision.CallOperator call) {
      return over(new StreamReport.NeedsOperator(attempt, call.detail())).after(noMoreWaiting);
    }
    throw new IllegalStateException("no rule for " + decision);
  }

  private Step restoring(Restoring r, TakeoverEvent event) {
    if (event instanceof TakeoverEvent.SourceSet set && set.inquiry() == inquiry) {
      return set.done() ? ask(r.inspecting()) : to(r.inspecting(), new StartTimer(Timer.ASK_AGAIN));
    }
    if (event instanceof TakeoverEvent.TimedOut timeout && timeout.timer() == Timer.NODE_DOWN) {
      return over(new StreamReport.NeedsOperator(
          r.inspecting().goal().attempt(), "the source was told to become active again and has not answered"));
    }
    if (event instanceof LinkEvent.OldConnectionsGone now) {
      return to(new Restoring(r.inspecting().knowing(now)));
    }
    return stay();
  }
  // ---- shorthand

  private static List<TakeoverEffect> cancelLive() {
    return List.of(
        new CancelTimer(Timer.ADD_STREAM),
        new CancelTimer(Timer.CATCH_UP),
        new CancelTimer(Timer.PENDING),
        new CancelTimer(Timer.ACTIVE),
        new CancelTimer(Timer.END));
  }

  private Step stay() {
    return new Step(this, List.of());
  }

  private Step to(TakeoverState next, TakeoverEffect... effects) {
    return new Step(new TakeoverProtocol(next, generation, inquiry, linkUp), List.of(effects));
  }

  private Step ask(Inspecting i) {
    return new Step(
        new TakeoverProtocol(i, generation, inquiry + 1, linkUp), List.of(new TakeoverEffect.ReadStates(inquiry + 1)));
  }

  private Step failed(int attempt, FailureReason reason, String detail, CopyState destination) {
    return to(new Idle(), new Report(new StreamReport.Failed(attempt, reason, detail, destination)));
  }

  private Step over(StreamReport report) {
    return to(new Over(), new Report(report));
  }
}

package io.vbucket.rebalance.orchestrator.takeover;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
 * state and event. Events that have no meaning in a state change nothing. Here are the link, and what leads to a stream; what follows while
 * one runs, is ended, or was ended is said by {@link LiveStreamRules}, {@link SettlingRules} and {@link InspectionRules}.
 *
 * @param generation the last stream that was added, 0 for none; never reused, so that whatever arrives late is told apart (I6)
 * @param inquiry number of the last question to the nodes; answers to earlier ones are not listened to
 * @param linkUp whether streams can be added
 * @param trouble why the link is not up, as far as is known
 */
public record TakeoverProtocol(
    TakeoverState state, int generation, int inquiry, boolean linkUp, Optional<LinkEvent.NotUp> trouble) {

  /** A vBucket that has no stream on a link that is not up. */
  public static final TakeoverProtocol INITIAL = new TakeoverProtocol(new Idle(), 0, 0, false);

  public TakeoverProtocol(TakeoverState state, int generation, int inquiry, boolean linkUp) {
    this(state, generation, inquiry, linkUp, Optional.empty());
  }

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
    if (event instanceof LinkEvent.NotUp not) {
      return linkIsNotUp(not);
    }
    if (state instanceof Idle) {
      return idle(event);
    } else if (state instanceof AwaitingLink waiting) {
      return awaitingLink(waiting, event);
    } else if (state instanceof Live live) {
      return LiveStreamRules.on(this, live, event);
    } else if (state instanceof Settling settling) {
      return SettlingRules.on(this, settling, event);
    } else if (state instanceof LinkGone gone) {
      return linkGone(gone, event);
    } else if (state instanceof Inspecting inspecting) {
      return InspectionRules.on(this, inspecting, event);
    } else if (state instanceof Restoring restoring) {
      return InspectionRules.on(this, restoring, event);
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
      return InspectionRules.on(up, restoring, gone);
    }
    return state instanceof Inspecting inspecting ? InspectionRules.on(up, inspecting, gone) : up.stay();
  }

  private Step linkIsLost(LinkEvent.Lost lost) {
    TakeoverProtocol down = new TakeoverProtocol(state, generation, inquiry, false);
    Progress seen = lost.generation() == generation ? lost.progress() : Progress.ADDED;
    if (state instanceof Live live) {
      Progress progress = Progress.furthest(live.progress(), seen);
      return down
          .awaitOldConnections(LiveStreamRules.goalAfter(live, progress, FailureReason.LINK_LOST, lost.reason()),
              progress)
          .after(LiveStreamRules.cancelTimers());
    }
    if (state instanceof Settling settling) {
      Progress progress = Progress.furthest(settling.progress(), seen);
      return down.awaitOldConnections(SettlingRules.goalOnceSettled(settling.goal(), progress), progress)
          .after(new CancelTimer(Timer.CLOSE));
    }
    return down.stay();
  }

  private Step linkIsNotUp(LinkEvent.NotUp not) {
    TakeoverProtocol told = new TakeoverProtocol(state, generation, inquiry, false, Optional.of(not));
    return state instanceof AwaitingLink waiting && !not.mayPass()
        ? told.refused(waiting.goal(), not).after(new CancelTimer(Timer.LINK))
        : told.stay();
  }

  /** What a node will not allow is not waited for. */
  private Step refused(Goal goal, LinkEvent.NotUp not) {
    return failed(goal.attempt(), FailureReason.LINK_REFUSED, not.detail(), CopyState.UNREACHABLE);
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
          SettlingRules.overtaken(gone.goal(), event), gone.progress(), gone.consumerGone(), gone.producerGone()));
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
      String last = trouble.map(not -> "; the last try: " + not.detail()).orElse("");
      return failed(waiting.goal().attempt(), FailureReason.LINK_LOST, "no link came up in time" + last,
          CopyState.UNREACHABLE);
    }
    if (event instanceof TakeoverEvent.End end) {
      return failed(waiting.goal().attempt(), FailureReason.CANCELLED, end.why(), CopyState.UNREACHABLE)
          .after(new CancelTimer(Timer.LINK));
    }
    return stay();
  }

  /** Goes for {@code goal}, now that no stream is left. */
  Step pursue(Goal goal, Progress progress, boolean consumerGone, boolean producerGone) {
    boolean needsLink = goal instanceof Goal.ToReplicate || goal instanceof Goal.ToTakeOver;
    if (needsLink && !linkUp) {
      Optional<LinkEvent.NotUp> forGood = trouble.filter(not -> !not.mayPass());
      if (forGood.isPresent()) {
        return refused(goal, forGood.get());
      }
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

  Step add(int attempt) {
    int next = generation + 1;
    TakeoverProtocol added =
        new TakeoverProtocol(new Live(attempt, false, Progress.ADDED, 0), next, inquiry, linkUp, trouble);
    List<TakeoverEffect> effects = new ArrayList<>();
    effects.add(new OpenStream(next, attempt, attempt > 0));
    effects.add(new StartTimer(Timer.ADD_STREAM));
    if (attempt > 0) {
      effects.add(new Report(new StreamReport.Started(attempt)));
    }
    return new Step(added, List.copyOf(effects));
  }

  // ---- shorthand

  Step stay() {
    return new Step(this, List.of());
  }

  Step to(TakeoverState next, TakeoverEffect... effects) {
    return new Step(new TakeoverProtocol(next, generation, inquiry, linkUp, trouble), List.of(effects));
  }

  Step ask(Inspecting i) {
    return new Step(
        new TakeoverProtocol(i, generation, inquiry + 1, linkUp, trouble),
        List.of(new TakeoverEffect.ReadStates(inquiry + 1)));
  }

  Step failed(int attempt, FailureReason reason, String detail, CopyState destination) {
    return to(new Idle(), new Report(new StreamReport.Failed(attempt, reason, detail, destination)));
  }

  Step over(StreamReport report) {
    return to(new Over(), new Report(report));
  }
}

package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.bucket.RebalanceProgress;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Carries out an operator's lines on a rebalance that runs, and says in a line what came of each. */
final class ControlConsole {
  /** What a console steers; a {@link Rebalancer}, or what a test puts in its place. */
  interface Steered {
    CompletionStage<ControlAnswer> steer(ControlRequest request);

    CompletionStage<Optional<RebalanceProgress>> progress();

    /** @param vbucket empty for all */
    CompletionStage<List<Explanation>> explain(OptionalInt vbucket);

    void stop(Duration grace);
  }

  /** What goes on when the moves have ended. */
  interface Service {
    CompletionStage<Optional<ReplicationStatus>> replication();

    void end();
  }

  private final Steered rebalance;
  private final Optional<Service> service;
  private final Duration grace;
  private final Consumer<String> out;
  private volatile boolean movesEnded;
  private volatile String standing = "running";
  /** Why no more lines come; null while some may. Guarded by this, as is {@link #toldAlone}. */
  private String sourceEnd;
  private boolean toldAlone;
  private int line;

  /**
   * @param service what a stop ends, too; empty when nothing goes on after the moves
   * @param grace of a stop that names none
   * @param out takes lines for the operator; called by any thread
   */
  ControlConsole(Steered rebalance, Optional<Service> service, Duration grace, Consumer<String> out) {
    this.rebalance = rebalance;
    this.service = service;
    this.grace = grace;
    this.out = out;
  }

  static Steered of(Rebalancer rebalancer) {
    return new Steered() {
      @Override
      public CompletionStage<ControlAnswer> steer(ControlRequest request) {
        return rebalancer.steer(request);
      }

      @Override
      public CompletionStage<Optional<RebalanceProgress>> progress() {
        return rebalancer.progress();
      }

      @Override
      public CompletionStage<List<Explanation>> explain(OptionalInt vbucket) {
        return vbucket.isEmpty()
            ? rebalancer.explain()
            : rebalancer.explain(vbucket.getAsInt()).thenApply(one -> one.stream().toList());
      }

      @Override
      public void stop(Duration grace) {
        rebalancer.stop(grace);
      }
    };
  }

  /** Keeps up with what {@code status} tells. */
  void follow(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.PauseBegun pause) {
      standing = "pausing (" + pause.mode().word() + ")";
      tellWhenAlone();
    } else if (event instanceof RebalanceEvent.Paused paused) {
      standing = "paused (" + paused.mode().word() + "), " + paused.held() + " held";
      tellWhenAlone();
    } else if (event instanceof RebalanceEvent.Resumed) {
      standing = "running";
    } else if (event instanceof RebalanceEvent.StopBegun) {
      standing = "stopping";
    }
  }

  /** Called by one thread, in the order of the lines. */
  void line(String text) {
    line++;
    ControlLine parsed = ControlLine.parse(text);
    if (parsed instanceof ControlLine.Ask ask) {
      rebalance.steer(ask.request()).whenComplete((answer, failure) -> say(
          answer == null ? text.strip() + ": no answer: " + failure : said(text.strip(), answer)));
    } else if (parsed instanceof ControlLine.Status) {
      status();
    } else if (parsed instanceof ControlLine.Explain explain) {
      rebalance.explain(explain.vbucket()).whenComplete((running, failure) -> explained(explain, running));
    } else if (parsed instanceof ControlLine.Stop stop) {
      stop(stop.grace().orElse(grace));
    } else if (parsed instanceof ControlLine.Help) {
      ControlLine.GRAMMAR.forEach(this::say);
    } else if (parsed instanceof ControlLine.Wrong wrong) {
      say("line " + line + ": " + wrong.why() + "; nothing was changed, 'help' lists all");
    }
  }

  /** Whoever asks for a stop wants the end of all that this program does, as by an interrupt. */
  private void stop(Duration given) {
    if (movesEnded && service.isPresent()) {
      say("stopping: replication ends");
    } else {
      say("stopping; takeovers that have begun may finish for " + given.toMillis() + " ms"
          + (service.isPresent() ? ", then replication ends" : ""));
      rebalance.stop(given);
    }
    service.ifPresent(Service::end);
  }

  private void status() {
    if (movesEnded && service.isPresent()) {
      service.get().replication().whenComplete((now, failure) -> say("the moves have ended; "
          + (now == null || now.isEmpty() ? "replication has ended" : ReplicationView.text(now.get()))));
    } else {
      rebalance.progress().whenComplete((progress, failure) -> say(status(progress)));
    }
  }

  /** What is left to be steered is the service. */
  void movesEnded() {
    movesEnded = true;
  }

  /** No more lines come. */
  void ended(String why) {
    synchronized (this) {
      sourceEnd = why;
    }
    tellWhenAlone();
  }

  /** The lines may end before what they asked for has begun, and the other way round. */
  private synchronized void tellWhenAlone() {
    if (sourceEnd != null && standing.startsWith("paus") && !toldAlone) {
      toldAlone = true;
      say(sourceEnd + " while " + standing
          + ": nobody can resume it here; interrupt the program to stop the rebalance");
    }
  }

  private void say(String text) {
    out.accept("control: " + text);
  }

  private static String said(String asked, ControlAnswer answer) {
    if (answer instanceof ControlAnswer.Paused paused) {
      String what = switch (paused.mode()) {
        case DRAIN -> "all moves that ran have ended";
        case PARK -> paused.held() + (paused.held() == 1 ? " move is" : " moves are") + " held at a safe point";
        case ABORT -> paused.residue().isEmpty()
            ? "what ran is taken back; all nodes were read, nothing is left on them"
            : "what ran is taken back; left over: " + String.join("; ", paused.residue());
      };
      return "paused (" + paused.mode().word() + "): " + what;
    } else if (answer instanceof ControlAnswer.Resumed) {
      return "resumed";
    } else if (answer instanceof ControlAnswer.LimitChanged changed) {
      return "limit changed: " + changed.change();
    } else if (answer instanceof ControlAnswer.Cancelled cancelled) {
      return "vb:" + cancelled.vbucket() + " cancelled: " + outcome(cancelled.outcome());
    }
    return asked + ": not possible: " + ((ControlAnswer.NotPossible) answer).reason();
  }

  private static String outcome(MoveOutcome outcome) {
    if (outcome instanceof MoveOutcome.Moved) {
      return "too late, it was past its takeover and is moved";
    } else if (outcome instanceof MoveOutcome.Unmoved unmoved) {
      return "not moved, " + unmoved.detail() + (unmoved.residue().isEmpty() ? "" : "; " + unmoved.residue());
    }
    return "an operator must look: " + ((MoveOutcome.NeedsOperator) outcome).detail();
  }

  private void explained(ControlLine.Explain asked, List<Explanation> running) {
    if (running == null || running.isEmpty()) {
      say(asked.vbucket().isEmpty()
          ? "no moves are under way"
          : "vb:" + asked.vbucket().getAsInt() + " is not being moved now");
    } else {
      Instant now = Instant.now();
      running.forEach(move -> say(move.text(now)));
    }
  }

  private String status(Optional<RebalanceProgress> progress) {
    if (progress == null || progress.isEmpty()) {
      return "no moves are under way";
    }
    RebalanceProgress now = progress.get();
    String phases = now.running().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .map(phase -> phase.getValue() + " in " + phase.getKey().name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .collect(Collectors.joining(", "));
    return String.format(Locale.ROOT, "%s: %,d of %,d moves ended (%,d failed), %,d waiting%s", standing, now.done(),
        now.moves(), now.failed(), now.waiting(), phases.isEmpty() ? "" : ", " + phases);
  }
}

package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.Expectations;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.stage.Seen;
import io.vbucket.rebalance.testkit.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** Plays scenarios, each on a new stage, and judges them. */
public final class ScenarioRunner {
  /** I7: whatever happens, an answer comes within this time; simulated or real. */
  private static final Duration VIRTUAL_LIMIT = Duration.ofMinutes(60);
  private static final Duration REAL_LIMIT = Duration.ofSeconds(45);

  /** What a rebalance that was stopped needs to undo what it began, besides the grace. */
  private static final Duration UNDOING = Duration.ofSeconds(20);

  private final Supplier<? extends Stage> stages;
  private final boolean drawing;
  /** How long begun takeovers may go on; null until somebody interrupts. */
  private volatile Duration grace;

  /**
   * @param stages makes a new stage for each scenario
   */
  public ScenarioRunner(Supplier<? extends Stage> stages) {
    this(stages, true);
  }

  private ScenarioRunner(Supplier<? extends Stage> stages, boolean drawing) {
    this.stages = stages;
    this.drawing = drawing;
  }

  /** One that keeps no schedule, for many runs of which few are looked at. */
  public static ScenarioRunner withoutSchedule(Supplier<? extends Stage> stages) {
    return new ScenarioRunner(stages, false);
  }

  /**
   * Ends the scenario that is played: the script does nothing more, the rebalance is stopped, and the stage is closed when it has ended. May
   * be called by any thread.
   *
   * @param newGrace how long takeovers that have begun may go on
   */
  public void interrupt(Duration newGrace) {
    grace = newGrace;
  }

  public boolean isInterrupted() {
    return grace != null;
  }

  /** Plays one scenario. One that is pending, or makes no sense on this stage, is not played. */
  public ScenarioResult run(Scenario scenario) {
    try (Stage stage = stages.get()) {
      if (scenario.isPending() || !scenario.stages().contains(stage.name())) {
        return ScenarioResult.pending(scenario, stage.name());
      }
      return play(scenario, stage);
    }
  }

  private ScenarioResult play(Scenario scenario, Stage stage) {
    long begun = System.nanoTime();
    Schedule schedule = new Schedule(scenario.cluster().nodes(), stage::elapsed, drawing);
    Invariants invariants = new Invariants(scenario);
    Playbook playbook = new Playbook(scenario, stage, schedule, invariants);
    Witness witness = new Witness(playbook);
    List<String> problems = new ArrayList<>();
    Optional<Expectations.Outcome> outcome = Optional.empty();
    int answersDue = 1 + (int) scenario.steps().stream()
        .filter(step -> step instanceof Step.When when
            && when.actions().stream().anyMatch(Action.AskAgain.class::isInstance))
        .count();
    try {
      try {
        stage.start(scenario, witness);
      } catch (IllegalArgumentException cannotBePlayed) {
        problems.add("not begun: " + cannotBePlayed.getMessage());
        return result(scenario, stage, schedule, witness, problems, outcome, begun);
      }
      if (isInterrupted()) {
        return interrupted(scenario, stage, schedule, witness, begun);
      }
      invariants.begin(stage);
      schedule.note(new Seen.OfScript("asked: " + scenario.ask()));
      stage.ask();
      playbook.asked();
      boolean answered = stage.await(
          () -> isInterrupted() || stage.answers().size() >= answersDue && unanswered(stage).isEmpty(),
          stage.isTimeExact() ? VIRTUAL_LIMIT : REAL_LIMIT);
      if (isInterrupted()) {
        leave(stage, playbook);
        return interrupted(scenario, stage, schedule, witness, begun);
      }
      Duration took = stage.elapsed();
      if (!answered) {
        problems.add("I7: no answer within " + took.toSeconds() + " s");
      }
      problems.addAll(unanswered(stage));
      if (!scenario.expect().mayLose()) {
        problems.addAll(stage.lostItems().stream().map(item -> "I2: " + item).toList());
      }
      problems.addAll(invariants.atEnd(stage, witness.down));
      problems.addAll(playbook.unmet());
      if (answered) {
        outcome = Optional.of(outcome(first(stage.answers())));
        judge(scenario, stage, witness, took, problems);
      }
    } catch (RuntimeException broken) {
      problems.add("the stage broke: " + broken);
    }
    return result(scenario, stage, schedule, witness, problems, outcome, begun);
  }

  private static ScenarioResult result(
      Scenario scenario, Stage stage, Schedule schedule, Witness witness, List<String> problems,
      Optional<Expectations.Outcome> outcome, long begun) {
    return new ScenarioResult(
        scenario,
        stage.name(),
        problems.isEmpty() ? ScenarioResult.Verdict.PASSED : ScenarioResult.Verdict.FAILED,
        problems,
        schedule.text(),
        stage.seed(),
        witness.attempts.get(),
        outcome,
        stage.isTimeExact() ? Optional.of(stage.elapsed()) : Optional.empty(),
        Duration.ofNanos(System.nanoTime() - begun));
  }

  private static ScenarioResult interrupted(
      Scenario scenario, Stage stage, Schedule schedule, Witness witness, long begun) {
    return ScenarioResult.interrupted(
        scenario, stage.name(), schedule.text(), witness.attempts.get(), Duration.ofNanos(System.nanoTime() - begun));
  }

  /** Stops before frames that the script holds go on: what they belong to shall not begin yet another takeover. */
  private void leave(Stage stage, Playbook playbook) {
    stage.act(new Action.Stop(grace), -1);
    playbook.standAside();
    stage.await(() -> stage.answers().size() >= playbook.answersDue(), grace.plus(UNDOING));
  }

  /** I8 for whoever steers: one answer for everything that was asked. */
  private static List<String> unanswered(Stage stage) {
    return stage.steering().stream()
        .filter(asked -> asked.answers().size() != 1)
        .map(asked -> "I8: " + asked.request() + " was answered " + asked.answers().size() + " times: "
            + asked.answers())
        .toList();
  }

  /** Hears everything first, for what the runner itself wants to know. */
  private static final class Witness implements Stage.Audience {
    private final Playbook playbook;
    private final AtomicInteger attempts = new AtomicInteger();
    private final Set<String> down = ConcurrentHashMap.newKeySet();
    private final List<RebalanceEvent.MoveEnded> ended = Collections.synchronizedList(new ArrayList<>());

    Witness(Playbook playbook) {
      this.playbook = playbook;
    }

    @Override
    public void frame(Seen.OfFrame frame, Runnable proceed, IntConsumer refuse) {
      playbook.frame(frame, proceed, refuse);
    }

    @Override
    public void seen(Seen what) {
      if (what instanceof Seen.OfEvent told) {
        if (told.event() instanceof RebalanceEvent.AttemptStarted) {
          attempts.incrementAndGet();
        } else if (told.event() instanceof RebalanceEvent.MoveEnded end) {
          ended.add(end);
        }
      } else if (what instanceof Seen.OfProcess process) {
        if (process.up()) {
          down.remove(process.node());
        } else {
          down.add(process.node());
        }
      }
      playbook.seen(what);
    }
  }

  private static void judge(Scenario scenario, Stage stage, Witness witness, Duration took, List<String> problems) {
    Expectations expect = scenario.expect();
    RebalanceOrchestrator.Answer first = first(stage.answers());
    Optional<RebalanceSummary> summary = summary(first);
    Expectations.Outcome outcome = outcome(first);
    expect.outcome().ifPresent(wanted -> judge("outcome", wanted, first, problems));
    RebalanceOrchestrator.Answer last = stage.answers().get(stage.answers().size() - 1);
    expect.again().filter(any -> outcome != Expectations.Outcome.NEEDS_OPERATOR)
        .ifPresent(wanted -> judge("again", wanted, last, problems));
    expect.attempts().ifPresent(range -> List.copyOf(witness.ended).forEach(end -> {
      if (!range.contains(end.outcome().attempts())) {
        problems
            .add("attempts = " + range + " expected, but vb:" + end.vbucket() + " took " + end.outcome().attempts());
      }
    }));
    if (expect.attempts().isPresent() && scenario.ask() instanceof Ask.OneMove && witness.ended.isEmpty()) {
      problems.add("attempts = " + expect.attempts().get() + " expected, but no move was begun");
    }
    expect.active()
        .forEach((vbucket, node) -> compare(stage, vbucket, node, Optional.of(VBucketState.ACTIVE), problems));
    expect.chains().forEach((vbucket, chain) -> {
      List<String> inMap = stage.chainInMap(vbucket);
      if (!inMap.equals(chain)) {
        problems.add("chains: " + vbucket + " = " + chain + " expected, but the map says " + inMap);
      }
    });
    expect.states()
        .forEach((vbucket, states) -> states.forEach((node, state) -> compare(stage, vbucket, node, state, problems)));
    expect.within().filter(limit -> stage.isTimeExact() && took.compareTo(limit) > 0).ifPresent(
        limit -> problems.add("within = " + limit.toMillis() + " ms expected, but it took " + took.toMillis() + " ms"));
    summary.ifPresent(found -> expect.report().forEach((field, wanted) -> {
      String value = report(found).get(field);
      if (!wanted.equals(value)) {
        problems.add("report." + field + " = " + wanted + " expected, but it was " + value);
      }
    }));
  }

  /** The first that tells of moves, if one does: asking twice at once is refused. */
  private static RebalanceOrchestrator.Answer first(List<RebalanceOrchestrator.Answer> answers) {
    return answers.stream()
        .filter(RebalanceOrchestrator.Finished.class::isInstance)
        .findFirst()
        .orElse(answers.get(0));
  }

  private static Optional<RebalanceSummary> summary(RebalanceOrchestrator.Answer answer) {
    return answer instanceof RebalanceOrchestrator.Finished finished
        ? Optional.of(finished.summary())
        : Optional.empty();
  }

  private static void judge(
      String what, Expectations.Outcome wanted, RebalanceOrchestrator.Answer answer, List<String> problems) {
    Expectations.Outcome found = outcome(answer);
    boolean fits = switch (wanted) {
      case ENDED -> true;
      case SETTLED -> found != Expectations.Outcome.NEEDS_OPERATOR;
      default -> found == wanted;
    };
    if (!fits) {
      problems.add(what + " = " + wanted + " was expected, but it was " + found + ": " + answer);
    }
  }

  private static Expectations.Outcome outcome(RebalanceOrchestrator.Answer answer) {
    Optional<RebalanceSummary> summary = summary(answer);
    if (summary.isEmpty()) {
      return Expectations.Outcome.REFUSED;
    }
    if (!summary.get().needOperator().isEmpty()) {
      return Expectations.Outcome.NEEDS_OPERATOR;
    }
    return summary.get().unmoved().isEmpty() ? Expectations.Outcome.MOVED : Expectations.Outcome.UNMOVED;
  }

  private static Map<String, String> report(RebalanceSummary summary) {
    return Map.of(
        "moved", Integer.toString(summary.moved()),
        "unmoved", Integer.toString(summary.unmoved().size()),
        "need-operator", Integer.toString(summary.needOperator().size()),
        "retried", Integer.toString(summary.retried()),
        "residue", Integer.toString(summary.residue().size()),
        "stopped", Boolean.toString(summary.stopped()));
  }

  private static void compare(
      Stage stage, int vbucket, String node, Optional<VBucketState> wanted, List<String> problems) {
    Optional<VBucketState> state = stage.state(node, vbucket);
    if (!state.equals(wanted)) {
      problems
          .add("vb:" + vbucket + " on " + node + " was expected to be " + word(wanted) + ", but it is " + word(state));
    }
  }

  private static String word(Optional<VBucketState> state) {
    return state.map(VBucketState::wireName).orElse("absent");
  }
}

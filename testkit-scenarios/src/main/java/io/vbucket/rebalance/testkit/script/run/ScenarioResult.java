package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.testkit.script.Expectations;
import io.vbucket.rebalance.testkit.script.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How one scenario went on one stage.
 *
 * @param problems invariants that were broken and expectations that were not met; empty when it passed
 * @param schedule what happened, as a sequence diagram in text
 * @param seed number that makes it happen again, where there is one
 * @param attempts takeover attempts of the whole run
 * @param outcome how it ended, if it did
 * @param virtualTime from asking to the answer, on a simulated stage
 * @param realTime that it took
 */
public record ScenarioResult(
    Scenario scenario,
    String stage,
    Verdict verdict,
    List<String> problems,
    String schedule,
    Optional<Long> seed,
    int attempts,
    Optional<Expectations.Outcome> outcome,
    Optional<Duration> virtualTime,
    Duration realTime) {

  /** How it went. */
  public enum Verdict {
    PASSED,
    FAILED,
    PENDING,
    /** Somebody had enough while it was played: nothing was judged. */
    INTERRUPTED
  }

  public ScenarioResult {
    problems = List.copyOf(problems);
  }

  static ScenarioResult pending(Scenario scenario, String stage) {
    return new ScenarioResult(
        scenario, stage, Verdict.PENDING, List.of(), "", Optional.empty(), 0, Optional.empty(), Optional.empty(),
        Duration.ZERO);
  }

  static ScenarioResult interrupted(Scenario scenario, String stage, String schedule, int attempts, Duration realTime) {
    return new ScenarioResult(
        scenario, stage, Verdict.INTERRUPTED, List.of(), schedule, Optional.empty(), attempts, Optional.empty(),
        Optional.empty(), realTime);
  }

  public boolean failed() {
    return verdict == Verdict.FAILED;
  }

  /** What somebody needs who has to find out why it failed: what was broken, the schedule, and how to see it again. */
  public String explanation() {
    StringBuilder text = new StringBuilder();
    String line = System.lineSeparator();
    text.append(scenario.title()).append(" (").append(scenario.place()).append(", stage ").append(stage).append(')')
        .append(line);
    problems.forEach(problem -> text.append("  ").append(problem).append(line));
    text.append(schedule).append(line);
    String file = scenario.place().file();
    seed.ifPresentOrElse(
        number -> text.append("again: scenario run ").append(file).append(" --seed ").append(number).append(line),
        () -> text.append("again, with other timing: scenario run ").append(file).append(" --stage ").append(stage)
            .append(line));
    return text.toString();
  }
}

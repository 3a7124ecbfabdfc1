package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.explore.Replay;
import io.vbucket.rebalance.testkit.explore.SequenceDiagram;
import io.vbucket.rebalance.testkit.explore.Trace;
import io.vbucket.rebalance.testkit.explore.TraceScript;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import io.vbucket.rebalance.testkit.script.run.ScenarioRunner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Goes through a trace again. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Goes through a trace of scenario explore again.",
      "Step by step in the explorer's model, with the rules as they are now; or, with --stage, as a scenario script that is played"
          + " with the real orchestrator."},
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:no invariant is broken", "1:an invariant is broken", "2:no such trace, or wrong usage"})
public final class ReplayCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TRACE", description = "A file that scenario explore --trace wrote.")
  private Path file;

  @Option(
      names = "--stage",
      description = "Plays the schedule's faults with the real orchestrator, each at the frame at which it happened: "
          + "simulated, embedded.")
  private StageChoice stage;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    if (stage == StageChoice.cluster) {
      spec.commandLine().getErr()
          .println("--stage cluster: a trace is about nodes of our own; take simulated or embedded");
      return 2;
    }
    Trace trace;
    try {
      trace = Trace.read(file);
    } catch (Trace.MalformedException wrong) {
      spec.commandLine().getErr().println(wrong.getMessage());
      return 2;
    }
    Replay replay = Replay.of(trace);
    boolean violated = stage == null ? inModel(trace, replay) : onStage(trace, replay);
    out().flush();
    return violated ? 1 : 0;
  }

  private boolean inModel(Trace trace, Replay replay) {
    out().println(SequenceDiagram.of(replay.path()));
    replay.lost().ifPresent(why -> out().println("the schedule cannot go on as it did: " + why));
    out().println(replay.isViolated()
        ? replay.path().violated() + " is broken: " + replay.path().text()
        : trace.violated() + " is not broken any more");
    return replay.isViolated();
  }

  private boolean onStage(Trace trace, Replay replay) {
    TraceScript script = TraceScript.of(trace, replay.path());
    out().println(script.text());
    script.left().forEach(what -> out().println("left out, since no script can say it: " + what));
    Scenario scenario = ScriptParser.parse(file.toString(), script.text()).get(0);
    ScenarioResult result = new ScenarioRunner(() -> stage.open(1, () -> {
      throw new IllegalStateException("a trace is not played on stage cluster");
    })).run(scenario);
    out().println(result.schedule());
    result.problems().forEach(out()::println);
    out().println(result.failed()
        ? "the real orchestrator breaks something, too"
        : "the real orchestrator breaks nothing on stage " + result.stage());
    return result.failed();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}

package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.explore.Replay;
import io.vbucket.rebalance.testkit.explore.SequenceDiagram;
import io.vbucket.rebalance.testkit.explore.Trace;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Goes through a trace again. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = "Goes through a trace of scenario explore again, step by step, with the rules as they are now.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:no invariant is broken any more", "1:an invariant is broken", "2:no such trace, or wrong usage"})
public final class ReplayCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TRACE", description = "A file that scenario explore --trace wrote.")
  private Path file;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    Trace trace;
    try {
      trace = Trace.read(file);
    } catch (Trace.MalformedException wrong) {
      spec.commandLine().getErr().println(wrong.getMessage());
      return 2;
    }
    Replay replay = Replay.of(trace);
    var out = spec.commandLine().getOut();
    out.println(SequenceDiagram.of(replay.path()));
    replay.lost().ifPresent(why -> out.println("the schedule cannot go on as it did: " + why));
    out.println(replay.isViolated()
        ? replay.path().violated() + " is broken: " + replay.path().text()
        : trace.violated() + " is not broken any more");
    out.flush();
    return replay.isViolated() ? 1 : 0;
  }
}

package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.script.FrameNames;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.stage.Seen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** What happened in a run, one line each, as a sequence diagram in text: a column for the orchestrator and one for each node. */
final class Schedule {
  private static final int COLUMN = 14;
  private static final int MAX_LINES = 4_000;
  /** Names of runs are never the same; the schedule of a seed is. */
  private static final Pattern RUN_NAME =
      Pattern.compile("(rebalance-)[a-z0-9]+-[a-z0-9]+-\\d+(-\\d+)?|(simulation-)\\d+");

  private final List<String> nodes;
  private final Supplier<Duration> clock;
  private final boolean drawing;
  private final List<String> lines = new ArrayList<>();
  private String lastRun = "";
  private int repeats;
  private int left;

  /**
   * @param clock time of the run, for the first column
   * @param drawing false: nothing is kept
   */
  Schedule(List<String> nodes, Supplier<Duration> clock, boolean drawing) {
    this.drawing = drawing;
    this.nodes = List.copyOf(nodes);
    this.clock = clock;
  }

  synchronized void note(Seen seen) {
    if (!drawing) {
      return;
    }
    if (seen instanceof Seen.OfFrame frame) {
      if (isWorthALine(frame)) {
        add(arrow(frame.node(), frame.received(), '-'), frame.text(),
            isData(frame) ? "data of vb:" + frame.vbucket() : "");
      }
    } else if (seen instanceof Seen.OfState state) {
      add(mark(state.node()), state.node() + ": " + state.text(), "");
    } else if (seen instanceof Seen.OfProcess process) {
      add(mark(process.node()), process.node() + " " + process.text(), "");
    } else if (seen instanceof Seen.OfDrop drop) {
      add(mark(drop.node()), drop.node() + " " + drop.text(), "");
    } else if (seen instanceof Seen.OfEvent event) {
      add(mark(""), event.text(), "");
    } else {
      add("~".repeat(COLUMN * (nodes.size() + 1)), "script: " + seen.text(), "");
    }
  }

  synchronized void note(Seen.OfFrame frame, Step.Fate fate) {
    if (!drawing) {
      return;
    }
    String what =
        fate.getClass().getSimpleName().replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(java.util.Locale.ROOT);
    if (fate instanceof Step.Fate.HoldUntil hold) {
      what += " \"" + hold.until().text() + "\"";
    }
    add(arrow(frame.node(), frame.received(), 'x'), frame.text() + "   [" + what + "]", "");
  }

  /** What a stream carries, on either leg: a busy vBucket has thousands of these frames between two that steer. */
  private static boolean isData(Seen.OfFrame frame) {
    return switch (frame.opcode()) {
      case Opcode.DCP_MUTATION, Opcode.DCP_DELETION, Opcode.DCP_SNAPSHOT_MARKER -> true;
      default -> false;
    };
  }

  /** Not what keeps connections alive, nor what clients and polls ask all the time. */
  static boolean isWorthALine(Seen.OfFrame frame) {
    return switch (frame.opcode()) {
      case Opcode.DCP_NOOP, Opcode.DCP_CONTROL, Opcode.HELLO, Opcode.SASL_AUTH, Opcode.SASL_LIST_MECHS,
          Opcode.SASL_STEP,
          Opcode.SELECT_BUCKET, Opcode.STAT, Opcode.GET_ALL_VB_SEQNOS, Opcode.GET_CLUSTER_CONFIG,
          Opcode.DCP_BUFFER_ACK, Opcode.GET -> false;
      default -> FrameNames.opcode(FrameNames.nameOf(frame.opcode())).isPresent();
    };
  }

  private String arrow(String node, boolean received, char line) {
    int width = (nodes.indexOf(node) + 1) * COLUMN;
    String shaft = String.valueOf(line).repeat(Math.max(1, width - 2));
    return "|" + (received ? shaft + '>' : '<' + shaft) + rest(nodes.indexOf(node));
  }

  private String mark(String node) {
    StringBuilder row = new StringBuilder(node.isEmpty() ? "*" : "|");
    for (String each : nodes) {
      row.append(" ".repeat(COLUMN - 1)).append(each.equals(node) ? '*' : '|');
    }
    return row.toString();
  }

  private String rest(int index) {
    return ("|" + " ".repeat(COLUMN - 1)).repeat(nodes.size() - 1 - index).replaceAll("^\\|", "|") + "|";
  }

  private void add(String drawing, String text, String run) {
    if (!run.isEmpty() && run.equals(lastRun)) {
      repeats++;
      return;
    }
    flushRepeats();
    lastRun = run;
    if (lines.size() >= MAX_LINES) {
      left++;
      return;
    }
    lines.add(String.format("%8.3f s %-" + (COLUMN * (nodes.size() + 1)) + "s %s", clock.get().toNanos() / 1e9, drawing,
        RUN_NAME.matcher(text).replaceAll("$1$3...")));
  }

  private void flushRepeats() {
    if (repeats > 0) {
      lines.add(" ".repeat(11) + "... and " + repeats + " more frames of data");
      repeats = 0;
    }
  }

  /** The whole diagram. */
  synchronized String text() {
    flushRepeats();
    StringBuilder head = new StringBuilder(" ".repeat(10)).append(String.format("%-" + COLUMN + "s", "orchestrator"));
    nodes.forEach(node -> head.append(String.format("%-" + COLUMN + "s", node)));
    return head + System.lineSeparator() + String.join(System.lineSeparator(), lines)
        + (left > 0 ? System.lineSeparator() + "... and " + left + " more lines" : "");
  }
}

package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * The figures of a rebalance; the field names are those of its JSON and stay as they are.
 *
 * @param moves planned moves
 * @param moved moves that are complete
 * @param unmoved moves that were undone or never begun, each with its reason
 * @param needOperator vBuckets that somebody must look at
 * @param retriedMoves moves that took more than one attempt, complete or not
 * @param attempts number of moves by the number of attempts they took
 * @param residue what could not be cleaned up, or was found when all nodes were read after a stop
 * @param stopped whether it was stopped before all moves were made
 * @param nodesRead nodes that were read after a stop to find out what is left; 0 when none was
 * @param seconds duration
 */
record RunReport(
    int moves,
    int moved,
    List<String> unmoved,
    List<String> needOperator,
    int retriedMoves,
    SortedMap<Integer, Integer> attempts,
    List<String> residue,
    boolean stopped,
    int nodesRead,
    double seconds) {

  static RunReport of(RebalanceSummary summary) {
    return new RunReport(
        summary.moved() + summary.unmoved().size() + summary.needOperator().size(),
        summary.moved(),
        summary.unmoved(),
        summary.needOperator(),
        summary.retried(),
        summary.attempts(),
        summary.residue(),
        summary.stopped(),
        summary.nodesRead(),
        summary.duration().toMillis() / 1000.0);
  }

  /** The figures for a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (moves == 0) {
      lines.add("nothing to move: all is as it was asked for");
    } else {
      lines.add(String.format(Locale.ROOT, "moves      %,d of %,d in %.1f s", moved, moves, seconds));
      lines.add(String.format(Locale.ROOT, "retried    %,d", retriedMoves));
      lines.add("attempts   " + attempts.entrySet().stream()
          .map(entry -> String.format(Locale.ROOT, "%,d with %d", entry.getValue(), entry.getKey()))
          .collect(Collectors.joining(", ")));
    }
    add(lines, "unmoved   ", unmoved);
    add(lines, "operator  ", needOperator);
    add(lines, "left over ", residue);
    if (stopped) {
      lines.add("stopped before all moves were made");
      if (nodesRead > 0 && residue.isEmpty()) {
        lines.add("nothing is left: no copy, stream or connection of it on the " + nodesRead + " nodes");
      }
    }
    return lines;
  }

  private static void add(List<String> lines, String title, List<String> entries) {
    if (!entries.isEmpty()) {
      lines.add(String.format(Locale.ROOT, "%s %,d", title, entries.size()));
      Listing.of(entries, "--json lists all").forEach(entry -> lines.add("  " + entry));
    }
  }
}

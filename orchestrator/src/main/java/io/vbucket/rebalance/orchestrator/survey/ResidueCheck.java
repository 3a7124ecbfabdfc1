package io.vbucket.rebalance.orchestrator.survey;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * What nodes have that belongs to no chain of the map, or to a rebalance that should be over: copies that serve nothing, streams,
 * connections. Pure.
 *
 * @param lines one for each thing that is left, naming node and vBucket; sorted
 * @param unread why nodes could not be asked: what they have is not known
 * @param nodes how many were read
 */
public record ResidueCheck(List<String> lines, List<String> unread, int nodes) {
  public ResidueCheck {
    lines = List.copyOf(lines);
    unread = List.copyOf(unread);
  }

  /** Everything, of whichever run: for a cluster on which no rebalance is at work. */
  public static ResidueCheck of(BucketConfig config, Survey.Findings findings, Map<String, String> serversByName) {
    List<String> lines = copies(config, findings, serversByName);
    findings.byNode().values().forEach(found -> found.connections()
        .forEach(connection -> lines.add("node " + found.node() + " has " + connection.text())));
    return made(lines, findings);
  }

  /** What one run has left once its links are closed: copies, and its own connections. */
  public static ResidueCheck afterRun(
      BucketConfig config, Survey.Findings findings, Map<String, String> serversByName, String runId) {
    List<String> lines = copies(config, findings, serversByName);
    findings.byNode().values().forEach(found -> found.connections().stream()
        .filter(connection -> connection.isOf(runId))
        .forEach(connection -> lines.add("node " + found.node() + " has " + connection.text())));
    return made(lines, findings);
  }

  /** What one run has left that goes on: its connections may be open, but without streams. */
  public static ResidueCheck whilePaused(
      BucketConfig config, Survey.Findings findings, Map<String, String> serversByName, String runId) {
    List<String> lines = copies(config, findings, serversByName);
    findings.byNode().values().forEach(found -> found.connections().stream()
        .filter(connection -> connection.isOf(runId) && !connection.streams().isEmpty())
        .forEach(connection -> lines.add("node " + found.node() + " has " + connection.text())));
    return made(lines, findings);
  }

  private static ResidueCheck made(List<String> lines, Survey.Findings findings) {
    Collections.sort(lines);
    List<String> unread = findings.byNode().values().stream()
        .map(NodeFindings::trouble)
        .filter(trouble -> !trouble.isEmpty())
        .toList();
    return new ResidueCheck(lines, unread, findings.byNode().size() - unread.size());
  }

  private static List<String> copies(
      BucketConfig config, Survey.Findings findings, Map<String, String> serversByName) {
    List<String> lines = new ArrayList<>();
    findings.byNode().values().forEach(found -> {
      String server = serversByName.get(found.node());
      for (int vbucket : new TreeSet<>(found.states().keySet())) {
        CopyState state = found.states().get(vbucket);
        boolean belongs = vbucket < config.numVBuckets() && config.chain(vbucket).stream().anyMatch(
            owner -> Objects.equals(owner, server));
        if (!belongs && state != CopyState.ACTIVE) {
          lines.add("vb:" + vbucket + " has a " + state + " copy on " + found.node());
        }
      }
    });
    return lines;
  }

  /** All of it for an operator; empty when every node was read and nothing is left. */
  public List<String> all() {
    List<String> all = new ArrayList<>(lines);
    unread.forEach(trouble -> all.add("not known: " + trouble));
    return all;
  }
}

package io.vbucket.rebalance.orchestrator.cli;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How the nodes agree with the map; the field names are those of its JSON and stay as they are.
 *
 * @param vbuckets vBuckets of the bucket
 * @param differences where states contradict the map
 * @param residue copies that serve nothing
 * @param revision of the newest map that a node has
 * @param atWork other runs that were at work meanwhile, a rebalance or kept replication
 */
record VerifyReport(
    int vbuckets, List<String> differences, List<String> residue, long revision, List<String> atWork) {

  static VerifyReport of(RebalanceOrchestrator.Verified verified) {
    return new VerifyReport(
        verified.config().numVBuckets(), verified.differences(), verified.residue(), verified.config().revision(),
        verified.atWork());
  }

  /** All of it for a person: whoever asks wants to see every difference. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(atWork);
    lines.add(String.format(
        Locale.ROOT,
        "%,d vBuckets, map revision %d: %s, %s",
        vbuckets,
        revision,
        differences.isEmpty() ? "no differences" : differences.size() + " differences",
        residue.isEmpty() ? "nothing left over" : residue.size() + " left over"));
    differences.forEach(line -> lines.add("  differs: " + line));
    residue.forEach(line -> lines.add("  left over: " + line));
    return lines;
  }
}

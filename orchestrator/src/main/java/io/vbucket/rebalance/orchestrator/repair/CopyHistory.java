package io.vbucket.rebalance.orchestrator.repair;

import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * How far a copy has come: its failover log, newest first, and its high seqno.
 */
public record CopyHistory(List<FailoverEntry> log, long highSeqno) {
  public CopyHistory {
    log = List.copyOf(log);
  }

  /**
   * Read from a node's groups of stats {@code failovers N} and {@code vbucket-seqno N}.
   *
   * @throws IllegalArgumentException when a number is missing or none
   */
  public static CopyHistory of(int vbucket, Map<String, String> failovers, long highSeqno) {
    String prefix = "vb_" + vbucket + ":";
    List<FailoverEntry> log = new ArrayList<>();
    for (int i = 0; failovers.containsKey(prefix + i + ":id"); i++) {
      log.add(new FailoverEntry(
          Long.parseUnsignedLong(failovers.get(prefix + i + ":id")),
          Long.parseUnsignedLong(failovers.getOrDefault(prefix + i + ":seq", "0"))));
    }
    if (log.isEmpty()) {
      throw new IllegalArgumentException("vb:" + vbucket + " has no failover log: " + failovers);
    }
    return new CopyHistory(log, highSeqno);
  }

  /** Whether this copy's history goes on where {@code other}'s ended: that one was rolled back or left behind at some failover. */
  private boolean succeeds(CopyHistory other) {
    long newest = other.log.get(0).uuid();
    return newest != log.get(0).uuid() && log.stream().anyMatch(entry -> entry.uuid() == newest);
  }

  /** The name of the copy that is the most advanced: of the newest history, and with the most of it. The first of equals. */
  public static String mostAdvanced(Map<String, CopyHistory> copies) {
    List<Map.Entry<String, CopyHistory>> candidates = new ArrayList<>(copies.entrySet());
    candidates.removeIf(copy -> copies.values().stream().anyMatch(other -> other.succeeds(copy.getValue())));
    // Histories that know nothing of each other: nobody can tell which is newer, so the one with more changes is taken.
    Comparator<Map.Entry<String, CopyHistory>> bySeqno =
        Comparator.comparing(Map.Entry::getValue, (a, b) -> Long.compareUnsigned(a.highSeqno, b.highSeqno));
    Map.Entry<String, CopyHistory> best = Collections.max(candidates, bySeqno);
    return candidates.stream()
        .filter(copy -> copy.getValue().highSeqno == best.getValue().highSeqno)
        .findFirst()
        .orElseThrow()
        .getKey();
  }
}

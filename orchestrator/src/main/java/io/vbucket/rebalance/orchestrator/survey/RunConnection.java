package io.vbucket.rebalance.orchestrator.survey;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A DCP connection of a rebalance, as a node's group of stats {@code dcp} shows it.
 *
 * @param name under which it was opened
 * @param streams vBuckets that have a stream on it
 */
public record RunConnection(String name, Set<Integer> streams) {
  /** Every link's connections are named so, followed by the run. */
  public static final String PREFIX = "replication:rebalance-";

  private static final Pattern KEY = Pattern.compile("eq_dcpq:(" + PREFIX + ".*?):(?:type|stream_(\\d+)_state)");

  public RunConnection {
    streams = Set.copyOf(streams);
  }

  public boolean isOf(String runId) {
    return name.startsWith(PREFIX + runId + "-");
  }

  /** For an operator. */
  public String text() {
    return "DCP connection " + name
        + (streams.isEmpty() ? "" : " with streams of vBuckets " + new TreeSet<>(streams));
  }

  /** All of any rebalance, by name. */
  static List<RunConnection> of(Map<String, String> dcpStats) {
    Map<String, Set<Integer>> streams = new TreeMap<>();
    dcpStats.forEach((key, value) -> {
      Matcher matcher = KEY.matcher(key);
      if (matcher.matches()) {
        Set<Integer> found = streams.computeIfAbsent(matcher.group(1), name -> new TreeSet<>());
        // A dead stream is one that has ended, and is listed until the connection forgets it.
        if (matcher.group(2) != null && !value.equals("dead")) {
          found.add(Integer.parseInt(matcher.group(2)));
        }
      }
    });
    List<RunConnection> connections = new ArrayList<>();
    streams.forEach((name, vbuckets) -> connections.add(new RunConnection(name, vbuckets)));
    return connections;
  }
}

package io.vbucket.rebalance.orchestrator.cli;

import java.util.ArrayList;
import java.util.List;

/** Long lists for people: the first entries, and how many more there are. */
final class Listing {
  private static final int SHOWN = 20;

  private Listing() {}

  /**
   * @param where how to see all of them
   */
  static List<String> of(List<String> entries, String where) {
    if (entries.size() <= SHOWN) {
      return entries;
    }
    List<String> lines = new ArrayList<>(entries.subList(0, SHOWN));
    lines.add("... and " + (entries.size() - SHOWN) + " more; " + where);
    return lines;
  }
}

package io.vbucket.rebalance.testkit.explore.search;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * Visits every state that can be reached, breadth first, so that the first path to a broken rule is a shortest one. When all have been visited, sees
 * whether every path ends: from each state, once faults stop, an ended state must be reached, and no fair run goes round for ever.
 */
public final class Search {
  /**
   * @param depth most steps of a path
   * @param states most distinct states
   * @param everyRule whether to go on after a violation until each rule that can be broken was broken once; states that break one are not left
   */
  public record Limits(int depth, long states, boolean everyRule) {}

  /**
   * @param complete whether all states were visited, and all paths seen to end
   * @param violations at most one of each rule, each by a shortest path
   * @param seconds that it took
   * @param coreSeconds of these, how long it had a core; the same as {@code seconds} where the JVM cannot tell
   */
  public record Found(
      long distinctStates, int depth, boolean complete, List<Path> violations, double seconds, double coreSeconds) {
    public Found {
      violations = List.copyOf(violations);
    }
  }

  private static final int PROGRESS_EVERY = 1 << 18;

  private final Network network;
  private final List<Rule> rules;
  private final Predicate<Snapshot> ended;
  private final Limits limits;
  private final LongConsumer progress;
  private final StateSet seen;
  private final Map<String, Path> violations = new LinkedHashMap<>();
  private final Verdicts verdicts;
  private final BitSet broken = new BitSet();
  private final int[] current;
  private boolean limited;

  /**
   * @param ended whether what was to be done has come to its end
   * @param progress is told the number of distinct states now and then
   */
  public Search(Network network, List<Rule> rules, Predicate<Snapshot> ended, Limits limits, LongConsumer progress) {
    this.network = network;
    this.rules = List.copyOf(rules);
    this.ended = ended;
    this.limits = limits;
    this.progress = progress;
    this.verdicts = new Verdicts(network, rules);
    this.seen = new StateSet(network.width());
    this.current = new int[network.width()];
  }

  public Found run() {
    long begun = System.nanoTime();
    long begunOnCore = coreNanos();
    seen.add(network.first(), -1, 0);
    int depth = 0;
    int levelEnd = 1;
    boolean stopped = false;
    for (int number = 0; number < seen.size() && !stopped; number++) {
      if (number == levelEnd) {
        depth++;
        levelEnd = seen.size();
        if (depth >= limits.depth()) {
          limited = true;
          break;
        }
      }
      expand(number);
      stopped = limited || !violations.isEmpty() && !limits.everyRule();
    }
    boolean all = !limited && !stopped;
    if (all && violations.isEmpty()) {
      new Endings(network, seen, ended).check().ifPresent(path -> violations.put(path.violated(), path));
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    double coreSeconds = begunOnCore < 0 ? seconds : (coreNanos() - begunOnCore) / 1e9;
    return new Found(seen.size(), depth, all, List.copyOf(violations.values()), seconds, coreSeconds);
  }

  private static long coreNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isCurrentThreadCpuTimeSupported() ? threads.getCurrentThreadCpuTime() : -1;
  }

  private void expand(int number) {
    if (broken.get(number)) {
      return;
    }
    seen.copyTo(number, current);
    boolean[] goesOn = {false};
    network.successors(current, (next, ordinal, move, fault) -> {
      goesOn[0] |= !fault;
      if (move.turn.breach() != null) {
        violated(move.turn.breach().invariant(), move.turn.breach().text(), number, ordinal);
      } else if (seen.size() >= limits.states()) {
        limited = true;
      } else {
        reached(next, number, ordinal);
      }
    });
    if (!goesOn[0]) {
      Snapshot last = new Snapshot(network, current);
      for (Rule rule : rules) {
        rule.brokenAtTheEnd(last).ifPresent(how -> violated(rule.name(), how, number, -1));
      }
    }
  }

  private void reached(int[] next, int parent, int ordinal) {
    int number = seen.add(next, parent, ordinal);
    if (number < 0) {
      return;
    }
    if (seen.size() % PROGRESS_EVERY == 0) {
      progress.accept(seen.size());
    }
    Optional<Verdicts.Broken> verdict = verdicts.of(next);
    if (verdict.isPresent()) {
      broken.set(number);
      violated(verdict.get().rule(), verdict.get().how(), parent, ordinal);
    }
  }

  private void violated(String rule, String how, int number, int ordinal) {
    if (!violations.containsKey(rule)) {
      violations.put(rule, Paths.to(network, seen, number, ordinal, rule, how));
    }
  }
}

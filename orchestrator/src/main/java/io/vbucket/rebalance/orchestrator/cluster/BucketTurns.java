package io.vbucket.rebalance.orchestrator.cluster;

import io.vbucket.rebalance.config.ClusterBucket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whose turn it is among buckets: those with the highest priority first, at most so many at once, and whatever comes of one never keeps another
 * from its turn. Immutable; every bucket gets exactly one outcome.
 */
public final class BucketTurns {
  private final int atOnce;
  private final List<String> waiting;
  private final Set<String> running;
  private final Map<String, BucketOutcome> outcomes;

  private BucketTurns(int atOnce, List<String> waiting, Set<String> running, Map<String, BucketOutcome> outcomes) {
    this.atOnce = atOnce;
    this.waiting = List.copyOf(waiting);
    this.running = Collections.unmodifiableSet(running);
    this.outcomes = Collections.unmodifiableMap(outcomes);
  }

  /**
   * @param begin buckets whose turn it is now, in this order
   */
  public record Step(BucketTurns next, List<String> begin) {}

  /**
   * @param buckets each name once; of equal priorities the one that is named first comes first
   * @param atOnce 1 or more
   */
  public static BucketTurns of(List<ClusterBucket> buckets, int atOnce) {
    if (atOnce < 1) {
      throw new IllegalArgumentException(atOnce + " buckets at a time: expected 1 or more");
    }
    return new BucketTurns(atOnce, inOrder(buckets), Set.of(), Map.of());
  }

  /** The names of buckets in the order of their turns. */
  public static List<String> inOrder(List<ClusterBucket> buckets) {
    return buckets.stream().sorted(ClusterBucket.FIRST_ONES_FIRST).map(ClusterBucket::name).toList();
  }

  /** Begins as many as may run now. */
  public Step start() {
    int free = Math.min(Math.max(0, atOnce - running.size()), waiting.size());
    List<String> begin = waiting.subList(0, free);
    Set<String> run = new LinkedHashSet<>(running);
    run.addAll(begin);
    return new Step(new BucketTurns(atOnce, waiting.subList(free, waiting.size()), run, outcomes), begin);
  }

  /**
   * One that runs is over. What is told of a bucket that does not run, such as a second end of the same run, changes nothing.
   */
  public BucketTurns ended(String bucket, BucketOutcome outcome) {
    if (!running.contains(bucket)) {
      return this;
    }
    Set<String> run = new LinkedHashSet<>(running);
    run.remove(bucket);
    return new BucketTurns(atOnce, waiting, run, with(List.of(bucket), outcome));
  }

  /** One that waits shall not run any more; of one that does not wait nothing changes. */
  public BucketTurns withdrawn(String bucket, String why) {
    if (!waiting.contains(bucket)) {
      return this;
    }
    List<String> rest = new ArrayList<>(waiting);
    rest.remove(bucket);
    return new BucketTurns(atOnce, rest, running, with(List.of(bucket), new BucketOutcome.NotBegun(why)));
  }

  /** None that waits shall run any more. */
  public BucketTurns allWithdrawn(String why) {
    return new BucketTurns(atOnce, List.of(), running, with(waiting, new BucketOutcome.NotBegun(why)));
  }

  private Map<String, BucketOutcome> with(List<String> buckets, BucketOutcome outcome) {
    Map<String, BucketOutcome> more = new LinkedHashMap<>(outcomes);
    buckets.forEach(bucket -> more.put(bucket, outcome));
    return more;
  }

  /** In the order of their turns. */
  public List<String> waiting() {
    return waiting;
  }

  public Set<String> running() {
    return running;
  }

  /** What came of those that are over, in the order in which they ended. */
  public Map<String, BucketOutcome> outcomes() {
    return outcomes;
  }

  /** Among how many buckets the limits are shared: as many as may run at once, and when none waits any more, those that still run. */
  public int sharers() {
    return waiting.isEmpty() ? Math.max(1, running.size()) : atOnce;
  }

  public boolean isDone() {
    return waiting.isEmpty() && running.isEmpty();
  }
}

package io.vbucket.rebalance.testkit.script;

import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What must be seen. The invariants are checked besides, whatever a script says.
 *
 * @param outcome how it ends
 * @param again how it ends when it is asked for once more at the end; not judged when somebody must look
 * @param attempts takeover attempts of the asked move, or of each move of a rebalance
 * @param active owner by vBucket at the end
 * @param chains names of the nodes in the newest map by vBucket at the end, active first and null for a hole
 * @param states state by node and vBucket at the end; an empty one for absent
 * @param mayLose whether acknowledged writes may be lost, as when the only node that has them comes back empty
 * @param inOrder seen in this order, with anything between
 * @param never never seen
 * @param within time from asking to the answer, at most
 * @param report fields of the summary
 */
public record Expectations(
    Optional<Outcome> outcome,
    Optional<Outcome> again,
    Optional<Range> attempts,
    Map<Integer, String> active,
    Map<Integer, List<String>> chains,
    Map<Integer, Map<String, Optional<VBucketState>>> states,
    boolean mayLose,
    List<Trigger> inOrder,
    List<Trigger> never,
    Optional<Duration> within,
    Map<String, String> report) {

  /** How what was asked for ends. */
  public enum Outcome {
    /** All planned moves were made. */
    MOVED,
    /** At least one move was undone, none is left to look at. */
    UNMOVED,
    /** Somebody must look at a vBucket. */
    NEEDS_OPERATOR,
    /** Nothing was begun. */
    REFUSED,
    /** Moved or not, but settled. */
    SETTLED,
    /** Any of these, as long as it is answered. */
    ENDED
  }

  /** Both bounds belong to it. */
  public record Range(int min, int max) {
    public boolean contains(int value) {
      return value >= min && value <= max;
    }

    @Override
    public String toString() {
      return min == max ? Integer.toString(min) : min + " to " + (max == Integer.MAX_VALUE ? "any" : max);
    }
  }

  public Expectations {
    active = Map.copyOf(active);
    Map<Integer, List<String>> withHoles = new TreeMap<>();
    chains.forEach((vbucket, chain) -> withHoles.put(vbucket, Collections.unmodifiableList(new ArrayList<>(chain))));
    chains = Collections.unmodifiableMap(withHoles);
    states = Map.copyOf(states);
    inOrder = List.copyOf(inOrder);
    never = List.copyOf(never);
    report = Map.copyOf(report);
  }
}

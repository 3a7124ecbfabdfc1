package io.vbucket.rebalance.testkit.script.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Every step of a move that can be seen from outside, as triggers, about in the order in which they come. */
final class MoveSteps {
  private MoveSteps() {}

  /** Of the one vBucket that a script moves, without replicas. */
  static List<String> of(String from, String to) {
    List<String> steps = new ArrayList<>(List.of(
        "move-started",
        to + " is replica",
        to + " received ADD_STREAM in attempt 0",
        from + " received STREAM_REQ in attempt 0",
        "backfill-started",
        "persistence-started",
        to + " received ADD_STREAM in attempt 1",
        from + " received STREAM_REQ in attempt 1",
        to + " received STREAM_REQ answer in attempt 1",
        to + " sends ADD_STREAM answer in attempt 1"));
    steps.addAll(List.of(
        to + " received SET_VBUCKET_STATE(pending) in attempt 1",
        to + " is pending",
        from + " is dead",
        to + " received SET_VBUCKET_STATE(active) in attempt 1",
        to + " is active",
        from + " received SET_VBUCKET_STATE(active) answer in attempt 1",
        to + " received STREAM_END in attempt 1",
        "commit-started",
        "map-committed",
        from + " received DEL_VBUCKET"));
    return List.copyOf(steps);
  }

  /**
   * Of a vBucket that gets another chain.
   *
   * @param before names of the nodes that hold it, active first and null for a hole
   * @param after the same, as it shall be
   */
  static List<String> ofChain(int vbucket, List<String> before, List<String> after) {
    List<String> steps = new ArrayList<>();
    Consumer<String> step = what -> steps.add(ofVBucket(what, vbucket));
    String source = before.get(0);
    String destination = after.get(0);
    boolean takeover = !source.equals(destination);
    boolean replicas = before.size() > 1 || after.size() > 1;
    List<String> targets = after.stream().filter(node -> node != null && !node.equals(source)).toList();
    step.accept("move-started");
    targets.stream().filter(node -> !before.contains(node)).forEach(node -> step.accept(node + " is replica"));
    targets.forEach(node -> step.accept(node + " received ADD_STREAM in attempt 0"));
    step.accept("backfill-started");
    step.accept("persistence-started");
    targets.forEach(node -> step.accept(node + " received SEQNO_PERSISTENCE"));
    String both = source + " received SET_VBUCKET(active)";
    if (replicas) {
      // The old active serves both chains now, and all is waited for once more.
      step.accept(both);
      targets.forEach(node -> step.accept(node + " received SEQNO_PERSISTENCE since " + both));
    }
    if (takeover) {
      takeover(step, source, destination);
    }
    step.accept("commit-started");
    steps.add("map-committed");
    targets.stream().filter(node -> !takeover || !node.equals(destination))
        .forEach(node -> step.accept(node + " received CLOSE_STREAM in attempt 0 since commit-started"));
    if (replicas) {
      step.accept(destination + " received SET_VBUCKET(active) since commit-started");
    }
    if (takeover && after.contains(source)) {
      step.accept(source + " received SET_VBUCKET(replica)");
    }
    before.stream().filter(node -> node != null && !after.contains(node))
        .forEach(node -> step.accept(node + " received DEL_VBUCKET"));
    return steps;
  }

  private static void takeover(Consumer<String> step, String source, String destination) {
    step.accept(destination + " received CLOSE_STREAM in attempt 0 since persistence-started");
    step.accept(destination + " received ADD_STREAM in attempt 1");
    step.accept(source + " received STREAM_REQ in attempt 1");
    step.accept(destination + " received STREAM_REQ answer in attempt 1");
    step.accept(destination + " received SET_VBUCKET_STATE(pending) in attempt 1");
    step.accept(destination + " is pending");
    step.accept(source + " is dead");
    step.accept(destination + " received SET_VBUCKET_STATE(active) in attempt 1");
    step.accept(destination + " is active");
    step.accept(source + " received SET_VBUCKET_STATE(active) answer in attempt 1");
    step.accept(destination + " received STREAM_END in attempt 1");
  }

  /** {@code a is dead of vbucket 0}, {@code b received X of vbucket 0 in attempt 1}, and the same on both sides of since. */
  private static String ofVBucket(String what, int vbucket) {
    int since = what.indexOf(StepParser.SINCE);
    if (since >= 0) {
      return ofVBucket(what.substring(0, since), vbucket) + StepParser.SINCE
          + ofVBucket(what.substring(since + StepParser.SINCE.length()), vbucket);
    }
    int attempt = what.indexOf(" in attempt ");
    String scope = " of vbucket " + vbucket;
    return attempt < 0 ? what + scope : what.substring(0, attempt) + scope + what.substring(attempt);
  }
}

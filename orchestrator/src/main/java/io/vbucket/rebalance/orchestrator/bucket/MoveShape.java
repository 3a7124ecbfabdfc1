package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a move charges. Moves of one shape are alike to the scheduler, so it looks at shapes, of which there are few, and not at moves.
 *
 * @param urgent whether it must not wait behind others: a node is leaving, or the vBucket has fewer copies than it shall have
 * @param takeover whether another node becomes active
 * @param actives old and new active: what a move charges for its whole time; nothing when there is nobody to copy from
 * @param charged old active, new active and each new replica: what a move charges until its backfills are over
 * @param links the connections that its copies go over, each as {@code source->node}
 */
record MoveShape(boolean urgent, boolean takeover, List<String> actives, List<String> charged, List<String> links) {

  static MoveShape of(Move move, Set<String> leaving) {
    long held = move.before().stream().filter(Objects::nonNull).count();
    long wanted = move.after().stream().filter(Objects::nonNull).count();
    boolean urgent =
        held < wanted || move.before().stream().anyMatch(node -> node != null && leaving.contains(node));
    String source = move.source();
    if (source == null) {
      return new MoveShape(urgent, false, List.of(), List.of(), List.of());
    }
    boolean takeover = move.isTakeover() && move.destination() != null;
    List<String> actives = takeover ? List.of(source, move.destination()) : List.of(source);
    List<String> charged = new ArrayList<>(actives);
    move.built().stream().filter(node -> !charged.contains(node)).forEach(charged::add);
    List<String> links = move.built().stream().map(node -> source + "->" + node).toList();
    return new MoveShape(urgent, takeover, actives, List.copyOf(charged), links);
  }

  /** The old active of a takeover. */
  String source() {
    return actives.get(0);
  }

  /** The new active of a takeover. */
  String destination() {
    return actives.get(1);
  }
}

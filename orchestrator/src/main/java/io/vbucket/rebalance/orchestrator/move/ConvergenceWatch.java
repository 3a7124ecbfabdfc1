package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.config.MoveSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Judges for each copy of one move whether it will ever be filled. Belongs to one mover and is touched by it alone. */
final class ConvergenceWatch {
  private final MoveSettings settings;
  private final Map<String, Convergence> copies = new HashMap<>();

  ConvergenceWatch(MoveSettings settings) {
    this.settings = settings;
  }

  /** How often to look at what nobody looks at otherwise: many moves may wait for a long time, and more samples are not kept anyway. */
  Duration lookInterval() {
    Duration sample = settings.convergenceWindow().dividedBy(Convergence.SAMPLES);
    return sample.compareTo(settings.backfillPollInterval()) > 0 ? sample : settings.backfillPollInterval();
  }

  /** What a look at a copy says, together with those before it; empty while there is hope. */
  Optional<Convergence.Verdict> verdict(ParkableMove.Stand stand, MoveEvent.BackfillRead read, Instant now) {
    if (stand != ParkableMove.Stand.GOING) {
      // Who holds a move does not want it given up meanwhile.
      forget(read.node());
      return Optional.empty();
    }
    if (!read.running() || read.highSeqno() < 0 || read.itemsLeft() < settings.backfillDoneBelow()) {
      return Optional.empty();
    }
    Convergence known = copies.getOrDefault(read.node(), Convergence.over(settings.convergenceWindow()));
    Convergence judged = known.at(now, read.itemsLeft(), read.highSeqno());
    copies.put(read.node(), judged);
    return judged.verdict();
  }

  /** It is filled anew, or was judged. */
  void forget(String node) {
    copies.remove(node);
  }
}

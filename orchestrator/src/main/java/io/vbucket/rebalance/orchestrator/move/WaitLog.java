package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Since when a move waits for what. Immutable.
 *
 * @param waits the present ones
 */
record WaitLog(List<Explanation.Since> waits) {
  static final WaitLog NONE = new WaitLog(List.of());

  WaitLog {
    waits = List.copyOf(waits);
  }

  /** Waits that go on keep their beginning, whatever else is known of them by now. */
  WaitLog now(List<Wait> present, Instant at) {
    List<Explanation.Since> next = new ArrayList<>();
    for (Wait wait : present) {
      Instant since = waits.stream()
          .filter(known -> known.awaited().isSame(wait))
          .map(Explanation.Since::since)
          .findFirst()
          .orElse(at);
      next.add(new Explanation.Since(wait, since));
    }
    return new WaitLog(next);
  }
}

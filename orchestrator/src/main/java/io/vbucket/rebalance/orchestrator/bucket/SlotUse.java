package io.vbucket.rebalance.orchestrator.bucket;

import java.util.HashMap;
import java.util.Map;

/** What is in use while the scheduler chooses: by node the moves and backfills, by link the backfills. */
final class SlotUse {
  private final Map<String, Integer> moves = new HashMap<>();
  private final Map<String, Integer> backfills = new HashMap<>();
  private final Map<String, Integer> links = new HashMap<>();
  private final Map<String, Integer> outgoing = new HashMap<>();
  private final Map<String, Integer> incoming = new HashMap<>();

  void run(MoveShape shape) {
    shape.actives().forEach(node -> moves.merge(node, 1, Integer::sum));
    if (shape.takeover()) {
      outgoing.merge(shape.source(), 1, Integer::sum);
      incoming.merge(shape.destination(), 1, Integer::sum);
    }
  }

  void fill(MoveShape shape) {
    shape.charged().forEach(node -> backfills.merge(node, 1, Integer::sum));
    shape.links().forEach(link -> links.merge(link, 1, Integer::sum));
  }

  int moves(String node) {
    return moves.getOrDefault(node, 0);
  }

  int backfills(String node) {
    return backfills.getOrDefault(node, 0);
  }

  int backfillsOver(String link) {
    return links.getOrDefault(link, 0);
  }

  /** Takeovers under way that the node gives. */
  int outgoing(String node) {
    return outgoing.getOrDefault(node, 0);
  }

  /** Takeovers under way that the node gets. */
  int incoming(String node) {
    return incoming.getOrDefault(node, 0);
  }
}

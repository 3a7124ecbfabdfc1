package io.vbucket.rebalance.orchestrator.move;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks the links of one move how much they have sent. Belongs to one mover and is touched by it alone. */
final class CopyMeters {
  private final Move move;
  private final Map<String, ActorRef<LinkCommand>> links;
  private final ActorRef<LinkCommand.BytesPassed> answers;
  private final Map<String, CopyMeter> meters = new HashMap<>();

  /** @param links by the node that gets the copy */
  CopyMeters(Move move, Map<String, ActorRef<LinkCommand>> links, ActorRef<LinkCommand.BytesPassed> answers) {
    this.move = move;
    this.links = links;
    this.answers = answers;
  }

  /**
   * Notes what the source says of a copy, and asks what was sent for it.
   *
   * @param items documents of the source, 0 when it did not tell. A node that had the copy before is sent only what it lacks
   */
  void estimated(String node, long itemsLeft, long items) {
    long all = move.before().contains(node) ? 0 : items;
    meters.put(node, meters.getOrDefault(node, CopyMeter.ZERO).estimated(itemsLeft, all));
    links.get(node).tell(new LinkCommand.ReadBytes(move.vbucket(), answers));
  }

  /** What observers want to know of a reading, if it is news. */
  Optional<RebalanceEvent> read(LinkCommand.BytesPassed passed, Instant now) {
    CopyMeter meter = meters.getOrDefault(passed.destination(), CopyMeter.ZERO).read(passed.bytes(), now);
    meters.put(passed.destination(), meter);
    return meter.isNews()
        ? Optional.of(new RebalanceEvent.CopyProgressed(
            now, move.bucket(), move.vbucket(), passed.destination(), meter.itemsLeft(), meter.bytes(), meter.items()))
        : Optional.empty();
  }
}

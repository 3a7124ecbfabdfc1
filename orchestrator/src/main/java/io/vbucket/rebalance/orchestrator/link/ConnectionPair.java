package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.orchestrator.net.NodeConnection;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * The two connections of one incarnation of a link, from the moment in which they are begun until a relay has them. Belongs to one link and is
 * touched by it alone.
 */
final class ConnectionPair {
  private final List<CompletionStage<NodeConnection>> begun = new ArrayList<>();
  private final Map<Side, NodeConnection> made = new EnumMap<>(Side.class);

  void begun(CompletionStage<NodeConnection> connection) {
    begun.add(connection);
  }

  void made(Side side, NodeConnection connection) {
    made.put(side, connection);
  }

  boolean isComplete() {
    return made.size() == Side.values().length;
  }

  /** Of a side that is made. */
  NodeConnection of(Side side) {
    return made.get(side);
  }

  /** Whether both nodes granted the same, so that the frames of one mean the same to the other. */
  boolean isOfOneKind() {
    return LinkTerms.match(of(Side.CONSUMER).agreed(), of(Side.PRODUCER).agreed());
  }

  /** No more than either node granted. */
  LinkTerms common(LinkTerms asked) {
    return asked.narrowedTo(of(Side.CONSUMER).agreed(), of(Side.PRODUCER).agreed());
  }

  /** Closes both; one that is still being made, as soon as it is. */
  void close() {
    begun.forEach(connection -> connection.thenAccept(NodeConnection::close));
    begun.clear();
  }

  /** From now on they are somebody else's. */
  void handedOver() {
    begun.clear();
  }

  @Override
  public String toString() {
    return of(Side.CONSUMER) + " and " + of(Side.PRODUCER);
  }
}

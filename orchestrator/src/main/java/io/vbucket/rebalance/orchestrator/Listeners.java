package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import java.util.LinkedHashSet;
import java.util.Set;

/** Who hears the events of an orchestrator, in the order in which they subscribed. Touched by the orchestrator alone. */
final class Listeners {
  private final Set<ActorRef<RebalanceEvent>> all = new LinkedHashSet<>();

  /** False when it hears them already. */
  boolean add(ActorRef<RebalanceEvent> listener) {
    return all.add(listener);
  }

  void remove(ActorRef<?> gone) {
    all.removeIf(listener -> listener.equals(gone));
  }

  void tell(RebalanceEvent event) {
    all.forEach(listener -> listener.tell(event));
  }
}

package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One run's sessions with all nodes, by name, in the cluster's order. */
record NodeSessions(Map<String, ActorRef<NodeCommand>> byName) {
  NodeSessions {
    byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  static NodeSessions open(List<String> names, Function<String, ActorRef<NodeCommand>> opening) {
    Map<String, ActorRef<NodeCommand>> opened = new LinkedHashMap<>();
    names.forEach(name -> opened.put(name, opening.apply(name)));
    return new NodeSessions(opened);
  }

  /** What they have not answered is answered so. */
  void stop() {
    byName.values().forEach(session -> session.tell(new NodeCommand.Stop()));
  }
}

package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The keeper of replication, while an orchestrator has one, with the sessions it talks over. Touched by the orchestrator alone. */
final class KeptReplication {
  private final Map<String, ActorRef<NodeCommand>> sessions = new LinkedHashMap<>();
  private final List<ActorRef<RebalanceOrchestrator.Answer>> askedToEnd = new ArrayList<>();
  private ActorRef<ReplicationKeeper.Command> keeper;
  private String runId;

  Optional<ActorRef<ReplicationKeeper.Command>> keeper() {
    return Optional.ofNullable(keeper);
  }

  void begun(ActorRef<ReplicationKeeper.Command> actor, String as, Map<String, ActorRef<NodeCommand>> over) {
    keeper = actor;
    runId = as;
    sessions.putAll(over);
  }

  /** The run under whose name it is kept. */
  Optional<String> runId() {
    return keeper().map(actor -> runId);
  }

  /** Answered at once when there is nothing to end. */
  void end(ActorRef<RebalanceOrchestrator.Answer> replyTo) {
    if (keeper == null) {
      replyTo.tell(new RebalanceOrchestrator.NotReplicating());
    } else {
      askedToEnd.add(replyTo);
      keeper.tell(new ReplicationKeeper.Stop());
    }
  }

  void ended() {
    keeper = null;
    sessions.values().forEach(session -> session.tell(new NodeCommand.Stop()));
    sessions.clear();
    askedToEnd.forEach(asker -> asker.tell(new RebalanceOrchestrator.NotReplicating()));
    askedToEnd.clear();
  }
}

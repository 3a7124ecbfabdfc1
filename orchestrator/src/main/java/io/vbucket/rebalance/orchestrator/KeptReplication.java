package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Answer;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import io.vbucket.rebalance.orchestrator.replication.ReplicationStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The keeper of replication, while an orchestrator has one, with the sessions it talks over and who waits for its word. Touched by the
 * orchestrator alone.
 */
final class KeptReplication {
  private final List<ActorRef<Answer>> askedToEnd = new ArrayList<>();
  private final List<ActorRef<Optional<ReplicationStatus>>> curious = new ArrayList<>();
  private final ActorRef<ReplicationStatus> status;
  private ActorRef<ReplicationKeeper.Command> keeper;
  private NodeSessions sessions;
  private String runId;

  /** @param status hands what it gets to {@link #told} */
  KeptReplication(ActorRef<ReplicationStatus> status) {
    this.status = status;
  }

  Optional<ActorRef<ReplicationKeeper.Command>> keeper() {
    return Optional.ofNullable(keeper);
  }

  void begun(ActorRef<ReplicationKeeper.Command> actor, String as, NodeSessions over) {
    keeper = actor;
    runId = as;
    sessions = over;
  }

  /** The run under whose name it is kept. */
  Optional<String> runId() {
    return keeper().map(actor -> runId);
  }

  /** Whether it was told to end and has not yet. */
  boolean isEnding() {
    return !askedToEnd.isEmpty();
  }

  /** Answered at once when there is nothing to end. */
  void end(ActorRef<Answer> replyTo) {
    if (keeper == null) {
      replyTo.tell(new RebalanceOrchestrator.NotReplicating());
    } else {
      askedToEnd.add(replyTo);
      keeper.tell(new ReplicationKeeper.Stop());
    }
  }

  /** Whoever asks while others wait for the answer gets the same one. */
  void askStatus(ActorRef<Optional<ReplicationStatus>> replyTo) {
    curious.add(replyTo);
    if (keeper == null) {
      told(Optional.empty());
    } else if (curious.size() == 1) {
      keeper.tell(new ReplicationKeeper.GetStatus(status));
    }
  }

  void told(Optional<ReplicationStatus> now) {
    curious.forEach(asker -> asker.tell(now));
    curious.clear();
  }

  /** What was asked while it ended has reached nobody. */
  void ended() {
    keeper = null;
    sessions.stop();
    askedToEnd.forEach(asker -> asker.tell(new RebalanceOrchestrator.NotReplicating()));
    askedToEnd.clear();
    told(Optional.empty());
  }
}

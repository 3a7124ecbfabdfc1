package io.vbucket.rebalance.orchestrator.bucket;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.replication.ReplicationKeeper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The streams that a keeper of replication lends for a move, if there is a keeper: a mover's streams must be the only ones of its vBucket. Belongs to one
 * {@link BucketRebalance} and is touched by it alone.
 */
final class LentStreams {
  private final ActorRef<ReplicationKeeper.Lent> answers;
  private final Map<Integer, Move> borrowing = new HashMap<>();
  private ActorRef<ReplicationKeeper.Command> keeper;

  LentStreams(Optional<ActorRef<ReplicationKeeper.Command>> keeper, ActorRef<ReplicationKeeper.Lent> answers) {
    this.keeper = keeper.orElse(null);
    this.answers = answers;
  }

  /** Asks for the streams of a move's vBucket; false when there is nobody to ask. */
  boolean borrow(Move move) {
    if (keeper == null) {
      return false;
    }
    borrowing.put(move.vbucket(), move);
    keeper.tell(new ReplicationKeeper.Lend(move.vbucket(), answers));
    return true;
  }

  /** Whether a move of this vBucket waits for its streams. */
  boolean isBorrowing(int vbucket) {
    return borrowing.containsKey(vbucket);
  }

  /** They are lent; the move that asked for them. */
  Optional<Move> lent(int vbucket) {
    return Optional.ofNullable(borrowing.remove(vbucket));
  }

  /** Nobody lends any more; the vBuckets that were waited for. */
  List<Integer> keeperGone() {
    keeper = null;
    return List.copyOf(borrowing.keySet());
  }

  void giveBack(Move move, MoveOutcome outcome, BucketConfig config) {
    if (keeper != null) {
      List<String> chain = outcome instanceof MoveOutcome.Moved
          ? move.after()
          : outcome instanceof MoveOutcome.Unmoved ? move.before() : List.of();
      keeper.tell(new ReplicationKeeper.GiveBack(move.vbucket(), chain, config));
    }
  }
}

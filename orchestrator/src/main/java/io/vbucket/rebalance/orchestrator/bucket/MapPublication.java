package io.vbucket.rebalance.orchestrator.bucket;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.VBucketMover;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Tells all nodes the map as it grows true: runs a {@link MapCommitter}, offers its revisions, and answers the movers whose moves are
 * committed. Belongs to one {@link BucketRebalance} and is touched by it alone.
 */
final class MapPublication {
  /**
   * When {@link #write()} is called.
   *
   * @param soon after so long, in which more moves may be finished
   * @param next once what is done now is done
   */
  record Timing(Consumer<Duration> soon, Runnable next) {}

  private final BucketRebalance.Setup setup;
  private final ActorRef<NodeCommand.Answered> answers;
  private final Timing timing;
  private final Map<Move, VBucketMover.CommitRequested> asked = new HashMap<>();
  private MapCommitter committer;
  private Duration batchDelay;

  MapPublication(
      BucketRebalance.Setup setup,
      BucketConfig config,
      List<Move> moves,
      ActorRef<NodeCommand.Answered> answers,
      Timing timing) {
    this.setup = setup;
    this.answers = answers;
    this.timing = timing;
    this.batchDelay = setup.changed().batchDelay(setup.settings().map());
    this.committer = MapCommitter.announcing(config, moves, setup.wiring()::serverOf, setup.nodes().keySet());
  }

  /** The newest revision, whether the nodes know it yet or not. */
  BucketConfig config() {
    return committer.config();
  }

  /** What may be written last: over a map of somebody else nothing of ours may be written (T25), not even to tidy up. */
  BucketConfig lastConfig() {
    return committer.newerSeen() ? committer.config().withoutForward() : committer.config();
  }

  /** A move is made and shall be in the map. */
  void want(VBucketMover.CommitRequested commit) {
    asked.put(commit.move(), commit);
    committer = committer.want(commit.move());
    if (committer.beginsBatch()) {
      timing.soon().accept(batchDelay);
    }
  }

  /** Another limit; if it is the one for maps, it is true of the next that is begun. */
  void change(LimitChange change) {
    if (change.limit() == LimitChange.Limit.MAP_BATCH_DELAY) {
      batchDelay = Duration.ofMillis(change.whole());
    }
  }

  /** What a move that is made waits for until it is in the map, by node; empty for one that does not. */
  List<Wait> waits(Move move) {
    return committer.waits(move, batchDelay, setup.settings().map().pushTimeout());
  }

  /** Its mover is gone and hears nothing any more. */
  void ended(Move move) {
    asked.remove(move);
  }

  void write() {
    if (!committer.isWriting() && !committer.waiting().isEmpty()) {
      committer = committer.write(setup.wiring()::serverOf, setup.nodes().keySet());
      offer();
    }
  }

  /** Tells all nodes the newest revision. */
  void offer() {
    BucketConfig config = committer.config();
    NodeQuestion question = new NodeQuestion.WriteConfig(config.epoch(), config.revision(), config.toJson());
    int number = Math.toIntExact(config.revision() & 0x7fffffff);
    setup.nodes().values().forEach(node -> node.tell(new NodeCommand.Ask(number, question, answers)));
  }

  /** Whether nodes have yet to say that they take a map: until then nothing may be moved. */
  boolean isAnnouncing() {
    return committer.announcing();
  }

  /** What the nodes say to the announcement means nothing any more. */
  void stopAnnouncing() {
    if (committer.announcing()) {
      committer = committer.closed();
    }
  }

  /**
   * A node has answered.
   *
   * @return why the map cannot be written; empty while it can
   */
  Optional<String> answered(NodeCommand.Answered answered) {
    boolean current = answered.question() instanceof NodeQuestion.WriteConfig write
        && write.revision() == committer.config().revision();
    if (!current || !committer.isWriting()) {
      return Optional.empty();
    }
    committer = committer.answered(answered.node(), answered.answer());
    switch (committer.outcome()) {
      case OPEN -> {
      }
      case COMMITTED -> closed(move -> true, "");
      case PARTLY -> closed(committer::isTaken, "");
      case AGAIN -> {
        committer = committer.again(setup.nodes().keySet());
        offer();
      }
      case FAILED -> {
        String troubles = committer.troubles();
        closed(move -> false, troubles);
        return Optional.of("the map cannot be written: " + troubles);
      }
      default -> throw new IllegalStateException("no rule for " + committer);
    }
    return Optional.empty();
  }

  /**
   * @param taken moves that are committed
   * @param detail why none is; empty where each that is not has a reason of its own
   */
  private void closed(Predicate<Move> taken, String detail) {
    if (!committer.announcing()) {
      committed(taken, detail);
    }
    committer = committer.closed();
    if (!committer.waiting().isEmpty()) {
      timing.next().run();
    }
  }

  private void committed(Predicate<Move> taken, String detail) {
    int done = (int) committer.writing().stream().filter(taken).count();
    if (done > 0) {
      setup.owner().tell(new BucketRebalance.Observed(new RebalanceEvent.MapCommitted(
          setup.clock().instant(), setup.bucket(), committer.config().revision(), done)));
    }
    for (Move move : committer.writing()) {
      VBucketMover.CommitRequested commit = asked.remove(move);
      if (commit != null) {
        boolean isTaken = taken.test(move);
        String why = isTaken || !detail.isEmpty() ? detail : committer.troubles(move);
        commit.replyTo().tell(new VBucketMover.Committed(commit.question(), isTaken, why));
      }
    }
  }
}

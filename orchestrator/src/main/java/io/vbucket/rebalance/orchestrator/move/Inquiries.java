package io.vbucket.rebalance.orchestrator.move;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What one mover has asked nodes and not heard yet: puts its effects as questions to nodes and makes events of their answers. Belongs to one
 * mover and is touched by it alone.
 */
final class Inquiries {
  /**
   * How far a backfill is.
   *
   * @param withSeqno whether the high seqno was asked, too; the first look at a copy is often the last, and does without
   */
  private record Poll(String node, boolean withSeqno, Answer backfill, Answer seqno) {
    boolean isComplete() {
      return backfill != null && (seqno != null || !withSeqno);
    }

    MoveEvent event(int number) {
      long highSeqno = seqno instanceof Answer.Seqno known ? known.seqno() : -1;
      return backfill instanceof Answer.Backfill read
          ? new MoveEvent.BackfillRead(number, node, read.running(), read.itemsLeft(), highSeqno, read.items())
          : new MoveEvent.BackfillRead(number, node, false, Long.MAX_VALUE, highSeqno, 0);
    }
  }

  private record States(List<String> nodes, Map<String, CopyState> read) {}

  private final Move move;
  private final Map<String, ActorRef<NodeCommand>> nodes;
  private final ActorRef<NodeCommand.Answered> answers;
  private final Map<Integer, States> states = new HashMap<>();
  private final Map<Integer, Poll> polls = new HashMap<>();
  private final Set<String> polled = new HashSet<>();
  private final Map<Integer, List<String>> persistences = new HashMap<>();
  /** Nodes that were asked how far they have persisted. */
  private final Set<String> looks = new HashSet<>();
  private final MoveWaits waits;
  private int lastLook;

  /** @param waits who wants to know the figures of what is waited for */
  Inquiries(
      Move move, Map<String, ActorRef<NodeCommand>> nodes, ActorRef<NodeCommand.Answered> answers, MoveWaits waits) {
    this.move = move;
    this.waits = waits;
    this.nodes = nodes;
    this.answers = answers;
  }

  private void ask(String node, int number, NodeQuestion question) {
    nodes.get(node).tell(new NodeCommand.Ask(number, question, answers));
  }

  void readStates(MoveEffect.ReadStates read) {
    states.put(read.question(), new States(read.nodes(), new HashMap<>()));
    read.nodes().forEach(node -> ask(node, read.question(), new NodeQuestion.ReadState(move.vbucket())));
  }

  void perform(MoveEffect.Perform perform) {
    int vbucket = move.vbucket();
    NodeQuestion question = switch (perform.task().kind()) {
      case REPLICATE -> new NodeQuestion.SetState(vbucket, VBucketState.REPLICA);
      case CREATE -> new NodeQuestion.Create(vbucket, List.of(move.after()));
      case SERVE_OLD -> new NodeQuestion.SetTopology(vbucket, List.of(move.before()));
      case SERVE_BOTH -> new NodeQuestion.SetTopology(vbucket, List.of(move.before(), move.after()));
      case SERVE_NEW -> new NodeQuestion.SetTopology(vbucket, List.of(move.after()));
      case DEMOTE -> new NodeQuestion.Demote(vbucket);
      case REMOVE -> new NodeQuestion.Remove(vbucket);
    };
    ask(perform.task().node(), perform.question(), question);
  }

  /** @param producerName of the link to the node that is filled */
  void readBackfill(MoveEffect.ReadBackfill read, String producerName) {
    boolean withSeqno = !polled.add(read.node());
    polls.put(read.question(), new Poll(read.node(), withSeqno, null, null));
    ask(move.source(), read.question(), new NodeQuestion.ReadBackfill(move.vbucket(), producerName));
    if (withSeqno) {
      ask(move.source(), read.question(), new NodeQuestion.ReadHighSeqno(move.vbucket()));
    }
  }

  void awaitPersistence(MoveEffect.AwaitPersistence await) {
    persistences.put(await.question(), await.nodes());
    waits.wantPersisted(PersistedSeqnos.UNKNOWN);
    ask(move.source(), await.question(), new NodeQuestion.ReadHighSeqno(move.vbucket()));
  }

  /**
   * Looks how far copies are that a move waits for, though its steps do not ask: how far they are on disk for whoever wants to know, and while it
   * waits for its turn to take over, whether clients outrun the copy. A node that has not answered the last look is not asked again.
   *
   * @param producerName of the link to the new active
   * @return whether it waits for such a thing
   */
  boolean look(ParkableMove at, String producerName) {
    boolean held = at.stand() == ParkableMove.Stand.PARKED;
    if (at.state() instanceof MoveState.Persisting persisting) {
      persisting.open().stream()
          .filter(node -> !held && looks.add(node))
          .forEach(node -> ask(node, at.question(), new NodeQuestion.ReadHighSeqno(move.vbucket())));
      return true;
    } else if (at.state() instanceof MoveState.AwaitingSlot) {
      if (!held && polls.values().stream().noneMatch(poll -> poll.node().equals(move.destination()))) {
        lookAtBackfill(producerName);
      }
      return true;
    }
    return false;
  }

  private void lookAtBackfill(String producerName) {
    // The steps of the move count their questions upwards, so they do not take this answer for one of theirs.
    int number = --lastLook;
    polls.put(number, new Poll(move.destination(), true, null, null));
    ask(move.source(), number, new NodeQuestion.ReadBackfill(move.vbucket(), producerName));
    ask(move.source(), number, new NodeQuestion.ReadHighSeqno(move.vbucket()));
  }

  /** What an answer means to the move, if it is the last one that a question needs. */
  Optional<MoveEvent> answered(NodeCommand.Answered answered) {
    int number = answered.number();
    NodeQuestion question = answered.question();
    if (question instanceof NodeQuestion.ReadState) {
      return stateRead(answered);
    } else if (question instanceof NodeQuestion.ReadBackfill) {
      Poll poll = polls.get(number);
      return polled(number, new Poll(poll.node(), poll.withSeqno(), answered.answer(), poll.seqno()));
    } else if (question instanceof NodeQuestion.ReadHighSeqno && looks.remove(answered.node())) {
      waits.persisted(answered.node(),
          answered.answer() instanceof Answer.Seqno told ? told.persisted() : PersistedSeqnos.UNKNOWN);
      return Optional.empty();
    } else if (question instanceof NodeQuestion.ReadHighSeqno) {
      Poll poll = polls.get(number);
      return poll == null
          ? highSeqnoRead(answered)
          : polled(number, new Poll(poll.node(), poll.withSeqno(), poll.backfill(), answered.answer()));
    } else if (question instanceof NodeQuestion.AwaitPersistence) {
      return Optional
          .of(new MoveEvent.Persisted(number, answered.node(), answered.isDone(), answered.detail()));
    }
    return Optional.of(new MoveEvent.TaskDone(number, answered.node(), answered.isDone(), answered.detail()));
  }

  private Optional<MoveEvent> polled(int number, Poll poll) {
    if (!poll.isComplete()) {
      polls.put(number, poll);
      return Optional.empty();
    }
    polls.remove(number);
    return Optional.of(poll.event(number));
  }

  private Optional<MoveEvent> stateRead(NodeCommand.Answered answered) {
    States asked = states.get(answered.number());
    asked.read().put(answered.node(), answered.state());
    if (asked.read().size() < asked.nodes().size()) {
      return Optional.empty();
    }
    states.remove(answered.number());
    return Optional.of(new MoveEvent.StatesRead(answered.number(), asked.read()));
  }

  private Optional<MoveEvent> highSeqnoRead(NodeCommand.Answered answered) {
    List<String> waited = persistences.remove(answered.number());
    if (answered.answer() instanceof Answer.Seqno high) {
      waits.wantPersisted(high.seqno());
      waited.forEach(node -> ask(
          node, answered.number(), new NodeQuestion.AwaitPersistence(move.vbucket(), high.seqno())));
      return Optional.empty();
    }
    return Optional.of(new MoveEvent.Persisted(answered.number(), answered.node(), false, answered.detail()));
  }
}

package io.vbucket.rebalance.orchestrator.repair;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Asks how far the copies of vBuckets have come that no node serves, and tells which is the most advanced of each. Answers once and stops.
 */
public final class HistorySurvey extends AbstractBehavior<HistorySurvey.Command> {
  public sealed interface Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  private record Copy(int vbucket, String node) {}

  /**
   * @param mostAdvanced name of the node with the most advanced copy by vBucket; a vBucket of which a copy did not answer is missing
   */
  public record Promotions(SortedMap<Integer, String> mostAdvanced) {
    public Promotions {
      mostAdvanced = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(mostAdvanced));
    }
  }

  private final Map<Integer, List<String>> orphans;
  private final ActorRef<Promotions> replyTo;
  private final Map<Integer, Copy> asked = new HashMap<>();
  private final Map<Copy, Map<String, String>> failovers = new HashMap<>();
  private final Map<Copy, Long> seqnos = new HashMap<>();
  private int open;

  /** @param orphans by vBucket the nodes whose copies may be promoted, at least one */
  public static Behavior<Command> create(
      Map<Integer, List<String>> orphans, Map<String, ActorRef<NodeCommand>> nodes, ActorRef<Promotions> replyTo) {
    return Behaviors.setup(context -> new HistorySurvey(context, orphans, nodes, replyTo));
  }

  private HistorySurvey(
      ActorContext<Command> context,
      Map<Integer, List<String>> orphans,
      Map<String, ActorRef<NodeCommand>> nodes,
      ActorRef<Promotions> replyTo) {
    super(context);
    this.orphans = Map.copyOf(orphans);
    this.replyTo = replyTo;
    ActorRef<NodeCommand.Answered> answers = context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
    orphans.forEach((vbucket, holders) -> holders.forEach(node -> {
      asked.put(++open, new Copy(vbucket, node));
      nodes.get(node).tell(new NodeCommand.Ask(open, new NodeQuestion.ReadStats("failovers " + vbucket), answers));
      asked.put(++open, new Copy(vbucket, node));
      nodes.get(node).tell(new NodeCommand.Ask(open, new NodeQuestion.ReadHighSeqno(vbucket), answers));
    }));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(NodeAnswered.class, this::onAnswered).build();
  }

  private Behavior<Command> onAnswered(NodeAnswered message) {
    Answer answer = message.answered().answer();
    Copy copy = asked.remove(message.answered().number());
    if (answer instanceof Answer.Stats stats) {
      failovers.put(copy, stats.pairs());
    } else if (answer instanceof Answer.Seqno high) {
      seqnos.put(copy, high.seqno());
    } else {
      getContext().getLog().warn("vb:{}: how far the copy on {} has come is not known: {}", copy.vbucket(), copy.node(),
          message.answered().detail());
    }
    if (!asked.isEmpty()) {
      return this;
    }
    SortedMap<Integer, String> best = new TreeMap<>();
    orphans.forEach((vbucket, holders) -> {
      Map<String, CopyHistory> histories = new java.util.LinkedHashMap<>();
      for (String node : holders) {
        Copy holder = new Copy(vbucket, node);
        if (failovers.containsKey(holder) && seqnos.containsKey(holder)) {
          histories.put(node, CopyHistory.of(vbucket, failovers.get(holder), seqnos.get(holder)));
        }
      }
      // A copy that is not known may be the most advanced one: then nobody is promoted.
      if (histories.size() == holders.size()) {
        best.put(vbucket, CopyHistory.mostAdvanced(histories));
      }
    });
    replyTo.tell(new Promotions(best));
    return Behaviors.stopped();
  }
}

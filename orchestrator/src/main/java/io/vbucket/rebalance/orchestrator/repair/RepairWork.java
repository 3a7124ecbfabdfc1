package io.vbucket.rebalance.orchestrator.repair;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Carries a {@link RepairPlan} out: all changes of states, then the map, then the deletions. What a node refuses is told, and nothing that
 * comes after it is done. Answers once and stops.
 */
public final class RepairWork extends AbstractBehavior<RepairWork.Command> {
  public sealed interface Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  /** In the order in which they come. */
  private enum Stage {
    STATES,
    MAP,
    DELETIONS
  }

  /**
   * What was done.
   *
   * @param failures what nodes did not do, in words; empty when the whole plan is carried out
   */
  public record Done(RepairPlan plan, List<String> failures) {
    public Done {
      failures = List.copyOf(failures);
    }
  }

  /**
   * What a repair works with.
   *
   * @param serversByName {@code host:port} of every node of the cluster, by name
   */
  public record Setup(
      RepairPlan plan,
      BucketConfig config,
      Map<String, String> serversByName,
      Map<String, ActorRef<NodeCommand>> nodes,
      ActorRef<Done> replyTo) {}

  private final Setup setup;
  private final ActorRef<NodeCommand.Answered> answers;
  private final List<String> failures = new ArrayList<>();
  /** Null before the first one. */
  private Stage stage;
  private int open;

  public static Behavior<Command> create(Setup setup) {
    return Behaviors.setup(context -> new RepairWork(context, setup).goOn());
  }

  private RepairWork(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.answers = context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(NodeAnswered.class, this::onAnswered).build();
  }

  /** Begins stages until one has something to wait for. */
  private Behavior<Command> goOn() {
    while (open == 0) {
      if (stage == Stage.DELETIONS || !failures.isEmpty()) {
        setup.replyTo().tell(new Done(setup.plan(), failures));
        return Behaviors.stopped();
      }
      stage = stage == null ? Stage.STATES : Stage.values()[stage.ordinal() + 1];
      begin();
    }
    return this;
  }

  private void begin() {
    switch (stage) {
      case STATES -> setup.plan().steps().forEach(step -> {
        if (step instanceof RepairStep.Reactivate active) {
          ask(active.node(), new NodeQuestion.SetState(active.vbucket(), VBucketState.ACTIVE));
        } else if (step instanceof RepairStep.Promote promoted) {
          ask(promoted.node(), new NodeQuestion.SetState(promoted.vbucket(), VBucketState.ACTIVE));
        } else if (step instanceof RepairStep.Demote demoted) {
          ask(demoted.node(), new NodeQuestion.SetState(demoted.vbucket(), VBucketState.REPLICA));
        }
      });
      case MAP -> writeMap();
      case DELETIONS -> setup.plan().steps().forEach(step -> {
        if (step instanceof RepairStep.Remove removed) {
          ask(removed.node(), new NodeQuestion.Remove(removed.vbucket()));
        }
      });
      default -> throw new IllegalStateException("no rule for " + stage);
    }
  }

  private void writeMap() {
    Map<Integer, List<String>> chains = new TreeMap<>();
    setup.plan().steps().forEach(step -> {
      if (step instanceof RepairStep.Adopt adopted) {
        List<String> servers = new ArrayList<>();
        adopted.chain().forEach(node -> servers.add(node == null ? null : setup.serversByName().get(node)));
        chains.put(adopted.vbucket(), servers);
      }
    });
    if (!chains.isEmpty()) {
      BucketConfig next = setup.config().withChains(chains);
      setup.nodes().keySet()
          .forEach(node -> ask(node, new NodeQuestion.WriteConfig(next.epoch(), next.revision(), next.toJson())));
    }
  }

  private void ask(String node, NodeQuestion question) {
    open++;
    setup.nodes().get(node).tell(new NodeCommand.Ask(0, question, answers));
  }

  private Behavior<Command> onAnswered(NodeAnswered message) {
    if (!message.answered().isDone()) {
      failures.add(message.answered().detail());
    }
    open--;
    return goOn();
  }
}

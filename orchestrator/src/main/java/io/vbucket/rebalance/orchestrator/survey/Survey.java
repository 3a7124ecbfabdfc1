package io.vbucket.rebalance.orchestrator.survey;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.node.NodeSession;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks all nodes the same questions at the same time, hands the findings to whoever wants them, and stops. */
public final class Survey extends AbstractBehavior<Survey.Command> {
  public sealed interface Command {}

  private record NodeAnswered(NodeCommand.Answered answered) implements Command {}

  /** The findings of all nodes, by name. */
  public record Findings(Map<String, NodeFindings> byNode) {
    public Findings {
      byNode = java.util.Collections.unmodifiableMap(new TreeMap<>(byNode));
    }

    /** The same, without the connections of a run that is known and shall go on. */
    public Findings without(String runId) {
      Map<String, NodeFindings> others = new TreeMap<>();
      byNode.forEach((node, found) -> others.put(node, found.without(runId)));
      return new Findings(others);
    }
  }

  /** Whose answer tells sizes; a node that does not know the question is none the worse for it. */
  private static final NodeQuestion SIZES = new NodeQuestion.ReadStats("vbucket-details");

  private final String bucket;
  private final String ownRuns;
  private final ConfigReader reader;
  private final ActorRef<Findings> replyTo;
  private final Map<String, List<Answer>> answers = new HashMap<>();
  private final Map<String, Map<Integer, Long>> sizes = new HashMap<>();
  private final int due;

  /** Reads the configuration that a node told; an {@link IllegalArgumentException} says that it is none. */
  @FunctionalInterface
  public interface ConfigReader {
    BucketConfig read(String node, String json);
  }

  /**
   * @param ownRuns what the names of all runs of this orchestrator begin with
   * @param asksSizes whether to ask how large copies are, too
   */
  public static Behavior<Command> create(
      String bucket,
      String ownRuns,
      Map<String, ActorRef<NodeCommand>> nodes,
      ConfigReader reader,
      boolean asksSizes,
      ActorRef<Findings> replyTo) {
    return Behaviors.setup(context -> new Survey(context, bucket, ownRuns, nodes, reader, asksSizes, replyTo));
  }

  private Survey(
      ActorContext<Command> context,
      String bucket,
      String ownRuns,
      Map<String, ActorRef<NodeCommand>> nodes,
      ConfigReader reader,
      boolean asksSizes,
      ActorRef<Findings> replyTo) {
    super(context);
    this.reader = reader;
    this.bucket = bucket;
    this.ownRuns = ownRuns;
    this.replyTo = replyTo;
    ActorRef<NodeCommand.Answered> adapter =
        context.messageAdapter(NodeCommand.Answered.class, NodeAnswered::new);
    List<NodeQuestion> questions = new ArrayList<>(List.of(
        new NodeQuestion.ReadStats("dcp"), new NodeQuestion.ReadConfig(), new NodeQuestion.ReadStats("vbucket")));
    if (asksSizes) {
      questions.add(SIZES);
    }
    this.due = questions.size() * nodes.size();
    nodes.forEach((name, node) -> {
      answers.put(name, new ArrayList<>());
      questions.forEach(question -> node.tell(new NodeCommand.Ask(0, question, adapter)));
    });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(NodeAnswered.class, this::onAnswered).build();
  }

  private Behavior<Command> onAnswered(NodeAnswered message) {
    NodeCommand.Answered answered = message.answered();
    if (answered.question().equals(SIZES)) {
      sizes.put(
          answered.node(), answered.answer() instanceof Answer.Stats told ? CopySizes.of(told.pairs()) : Map.of());
    } else {
      answers.get(answered.node()).add(answered.answer());
    }
    if (answers.values().stream().mapToInt(List::size).sum() + sizes.size() < due) {
      return this;
    }
    Map<String, NodeFindings> byNode = new HashMap<>();
    answers.forEach((node, given) -> byNode.put(node, read(node, given)));
    replyTo.tell(new Findings(byNode));
    return Behaviors.stopped();
  }

  /** Whatever a node answers, the survey ends: somebody waits for it. */
  private NodeFindings read(String node, List<Answer> given) {
    try {
      return findings(node, given);
    } catch (RuntimeException nonsense) {
      return NodeFindings.troubled(
          node, "node " + node + " answered what cannot be read: " + nonsense.getMessage() + "; look at its version");
    }
  }

  private NodeFindings findings(String node, List<Answer> given) {
    BucketConfig config = null;
    Map<Integer, CopyState> states = new HashMap<>();
    List<String> otherRuns = List.of();
    List<RunConnection> connections = List.of();
    for (Answer answer : given) {
      if (answer instanceof Answer.Failed failed) {
        return NodeFindings.troubled(node, failed.detail());
      } else if (answer instanceof Answer.Config read && !read.json().isEmpty()) {
        try {
          config = reader.read(node, read.json());
        } catch (IllegalArgumentException wrong) {
          return NodeFindings.troubled(node, "node " + node + ": " + wrong.getMessage());
        }
      } else if (answer instanceof Answer.Stats stats) {
        boolean aboutVBuckets = stats.pairs().keySet().stream().anyMatch(key -> key.startsWith("vb_"));
        if (aboutVBuckets) {
          stats.pairs().forEach((key, state) -> states.put(
              Integer.parseInt(key.substring("vb_".length())), CopyState.of(VBucketState.ofWireName(state))));
        } else {
          otherRuns = NodeSession.otherRuns(stats.pairs(), bucket, ownRuns);
          connections = RunConnection.of(stats.pairs());
        }
      }
    }
    return new NodeFindings(
        node, config, states, sizes.getOrDefault(node, Map.of()), otherRuns, connections, "");
  }
}

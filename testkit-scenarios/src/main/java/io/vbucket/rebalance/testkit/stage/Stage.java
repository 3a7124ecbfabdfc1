package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.HeldCopy;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A place where a scenario is played. Used once: started, asked, driven until done, looked at, closed. All methods are called from one
 * thread, but {@link #act} also from within the audience.
 */
public interface Stage extends AutoCloseable {
  /** Its name in scripts and on command lines. */
  String name();

  /** Starts nodes, fills them, starts clients. Whatever happens from now on is told to {@code audience}. */
  void start(Scenario scenario, Audience audience);

  /** Asks the orchestrator for what the scenario asks for, once more each time it is called. */
  void ask();

  /** Does what a script says. When called while a frame is told, it happens before anything else on that frame's node. */
  void act(Action action, int vbucket);

  /** Runs {@code task} on the thread of a node, at once when called there. */
  void onNode(String node, Runnable task);

  /** Runs {@code task} after {@code delay} on the thread of a node. */
  void later(String node, Duration delay, Runnable task);

  /**
   * Lets things happen until {@code done}.
   *
   * @param limit virtual time, or real time where there is no other
   * @return whether it is done
   */
  boolean await(BooleanSupplier done, Duration limit);

  /** What the orchestrator answered so far, in order. */
  List<RebalanceOrchestrator.Answer> answers();

  /** What an operator asked while it ran, and the answers so far. */
  List<Steering> steering();

  /** One thing that an operator asked. */
  record Steering(ControlRequest request, List<ControlAnswer> answers) {
    public Steering {
      answers = List.copyOf(answers);
    }
  }

  /** Time since it was first asked. */
  Duration elapsed();

  /** Whether {@link #elapsed} may be held against a limit: virtual time is the same every time. */
  boolean isTimeExact();

  /** Stops the clients, and reads everything back; what is not as the clients were told, in words. */
  List<String> lostItems();

  /** The state of a node's copy, or empty when absent or the node is down. */
  Optional<VBucketState> state(String node, int vbucket);

  /** Streams that nodes still have for a vBucket, in words. */
  List<String> openStreams(int vbucket);

  /** Name of the owner in the newest map that any node has, or empty. */
  default String ownerInMap(int vbucket) {
    String owner = chainInMap(vbucket).get(0);
    return owner == null ? "" : owner;
  }

  /** Names of the nodes that hold the vBucket by the newest map that any node has, active first; null for a hole, or for a node with no name. */
  List<String> chainInMap(int vbucket);

  /** What a node that is up holds of the vBucket; empty when that is nothing, or when copies cannot be read here. */
  default Optional<HeldCopy> copy(String node, int vbucket) {
    return Optional.empty();
  }

  /** Number that makes the run again what it was, where there is one. */
  Optional<Long> seed();

  @Override
  void close();

  /** Is told what happens on a stage. */
  interface Audience {
    /**
     * A frame is about to be acted on, or to leave; called on the node's thread.
     *
     * @param proceed lets it go on: now, later on that thread, twice or never
     * @param refuse answers it with a status instead
     */
    void frame(Seen.OfFrame frame, Runnable proceed, java.util.function.IntConsumer refuse);

    /** Something else happened. */
    void seen(Seen what);
  }
}

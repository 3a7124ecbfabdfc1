package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What goes wrong on a node: rules for frames that it receives or sends, and takeovers that it asks to be retried. Steer it on the node's
 * thread. Without rules it costs nothing.
 */
public final class NodeFaults {
  private final NodeClock clock;
  private final List<FaultRule> rules = new ArrayList<>();
  private final Map<String, Deque<Runnable>> held = new HashMap<>();
  private final Map<Integer, Deque<RetryWay>> retries = new HashMap<>();
  private double share;
  private int shareTimes;
  private long shareSeed;
  /** By bucket and vBucket. */
  private final Map<String, Deque<RetryWay>> shared = new HashMap<>();
  /** Takeovers that were completed, by bucket and vBucket: the next one is chosen, or not, anew. */
  private final Map<String, Integer> takenOver = new HashMap<>();
  private long retriesAsked;
  private FrameTap tap;

  NodeFaults(NodeClock clock) {
    this.clock = clock;
  }

  /** Adds a rule; rules are asked in the order in which they were added, and the first that matches decides. */
  public FaultRule add(FaultRule rule) {
    rules.add(rule);
    return rule;
  }

  /** From now on {@code newTap} is asked about every frame, before any rule; null: nobody is. */
  public void tap(FrameTap newTap) {
    tap = newTap;
  }

  /** Removes all rules and retries; frames that are held stay held. */
  public void clear() {
    rules.clear();
    retries.clear();
    forgetShare();
    share = 0;
  }

  /** The next takeovers of a vBucket on this node are retried once in each of these ways. */
  public void retryTakeover(int vbucket, RetryWay... ways) {
    Deque<RetryWay> queue = retries.computeIfAbsent(vbucket, any -> new ArrayDeque<>());
    queue.addAll(List.of(ways));
  }

  /**
   * This node, as destination, asks for retries of a share of all takeovers. Which ones, and in which of {@link
   * RetryWay#OF_DESTINATION}, follows from the seed.
   *
   * @param newShare 0 to 1
   * @param times retries of each that is chosen, at least 1
   */
  public void shareOfTakeoversToRetry(double newShare, int times, long seed) {
    if (newShare < 0 || newShare > 1 || times < 1) {
      throw new IllegalArgumentException(
          "share " + newShare + " and times " + times + ": expected 0 to 1 and at least 1");
    }
    share = newShare;
    shareTimes = times;
    shareSeed = seed;
    forgetShare();
  }

  private void forgetShare() {
    shared.clear();
    takenOver.clear();
  }

  /** A takeover has made this node's copy active: when the vBucket comes here again, that is another one of which a share is retried. */
  void takenOver(String bucket, int vbucket) {
    if (share > 0) {
      shared.remove(bucket + "/" + vbucket);
      takenOver.merge(bucket + "/" + vbucket, 1, Integer::sum);
    }
  }

  /** Retries that this node asked for so far. */
  public long retriesAsked() {
    return retriesAsked;
  }

  /** Lets all frames go that were held under this name, in the order in which they came. */
  public int release(String name) {
    Deque<Runnable> queue = held.remove(name);
    int released = queue == null ? 0 : queue.size();
    while (queue != null && !queue.isEmpty()) {
      queue.poll().run();
    }
    return released;
  }

  /** How many frames are held under this name. */
  public int heldFrames(String name) {
    return held.getOrDefault(name, new ArrayDeque<>(0)).size();
  }

  void forgetHeldFrames() {
    held.clear();
  }

  boolean any() {
    return tap != null || !rules.isEmpty();
  }

  /** The way to ask for a retry at this point, or null. */
  RetryWay retry(String bucket, int vbucket, RetryWay.Point point) {
    if (retries.isEmpty() && share == 0) {
      return null;
    }
    RetryWay way = take(retries.get(vbucket), point);
    if (way == null && share > 0) {
      way = take(
          shared.computeIfAbsent(bucket + "/" + vbucket, place -> choose(vbucket, takenOver.getOrDefault(place, 0))),
          point);
    }
    retriesAsked += way == null ? 0 : 1;
    return way;
  }

  private static RetryWay take(Deque<RetryWay> ways, RetryWay.Point point) {
    return ways == null || ways.isEmpty() || ways.peek().point() != point ? null : ways.poll();
  }

  private Deque<RetryWay> choose(int vbucket, int takeoversBefore) {
    SplittableRandom random = new SplittableRandom(shareSeed * 1_000_003 + vbucket + 65_536L * takeoversBefore);
    Deque<RetryWay> ways = new ArrayDeque<>();
    if (random.nextDouble() < share) {
      for (int i = 0; i < shareTimes; i++) {
        ways.add(RetryWay.OF_DESTINATION.get(random.nextInt(RetryWay.OF_DESTINATION.size())));
      }
    }
    return ways;
  }

  void received(Peer peer, Frame frame, Consumer<Frame> proceed) {
    apply(FaultRule.Direction.RECEIVED, peer, frame, peer.vbucketOf(frame), proceed);
  }

  void sent(Peer peer, Frame frame, int vbucket, Consumer<Frame> proceed) {
    apply(FaultRule.Direction.SENT, peer, frame, vbucket, proceed);
  }

  private void apply(FaultRule.Direction direction, Peer peer, Frame frame, int vbucket, Consumer<Frame> proceed) {
    int attempt = peer.attempt(vbucket);
    // An ADD_STREAM or STREAM_REQ begins the attempt that it is told to be part of.
    if (direction == FaultRule.Direction.RECEIVED && frame.isRequest()
        && (frame.opcode() == Opcode.DCP_ADD_STREAM || frame.opcode() == Opcode.DCP_STREAM_REQ)) {
      attempt++;
    }
    VBucketState state = frame.isRequest() && frame.opcode() == Opcode.DCP_SET_VBUCKET_STATE
        ? Dcp.SetVBucketState.of(frame).state()
        : peer.stateAsked(vbucket);
    if (tap == null) {
      byRules(direction, peer, frame, vbucket, attempt, state, proceed);
    } else {
      int ruled = attempt;
      tap.onFrame(peer, direction, frame, vbucket, state,
          () -> byRules(direction, peer, frame, vbucket, ruled, state, proceed));
    }
  }

  private void byRules(
      FaultRule.Direction direction,
      Peer peer,
      Frame frame,
      int vbucket,
      int attempt,
      VBucketState state,
      Consumer<Frame> proceed) {
    for (FaultRule rule : List.copyOf(rules)) {
      if (rule.matches(direction, frame, vbucket, attempt, state)) {
        if (rule.isSpent()) {
          rules.remove(rule);
        }
        carryOut(rule.action(), direction, peer, frame, vbucket, proceed);
        return;
      }
    }
    proceed.accept(frame);
  }

  private void carryOut(
      FaultAction action, FaultRule.Direction direction, Peer peer, Frame frame, int vbucket, Consumer<Frame> proceed) {
    if (action instanceof FaultAction.Answer answer) {
      if (direction == FaultRule.Direction.RECEIVED) {
        peer.answer(frame, answer.status());
      } else {
        proceed.accept(new Frame(frame.magic(), frame.opcode(), 0, answer.status(), frame.opaque(), 0, Frame.NOTHING,
            Frame.NOTHING, Frame.NOTHING, Frame.NOTHING));
      }
    } else if (action instanceof FaultAction.Hold hold) {
      held.computeIfAbsent(hold.name(), any -> new ArrayDeque<>()).add(() -> proceed.accept(frame));
    } else if (action instanceof FaultAction.Delay delay) {
      clock.schedule(delay.by(), () -> proceed.accept(frame));
    } else if (action instanceof FaultAction.Duplicate) {
      proceed.accept(frame);
      proceed.accept(frame);
    } else if (action instanceof FaultAction.CloseConnection) {
      peer.drop("told to at " + Opcode.nameOf(frame.opcode()));
    } else if (action instanceof FaultAction.StopReading) {
      peer.setReading(false);
      proceed.accept(frame);
    } else if (action instanceof FaultAction.EndStream end) {
      ProducerStream stream = peer.dcp() instanceof DcpProducer producer ? producer.stream(vbucket) : null;
      if (stream != null) {
        stream.end(end.reason());
      }
    } else if (action instanceof FaultAction.AskRetry ask) {
      if (!ask.instead()) {
        proceed.accept(frame);
      }
      VBucket vb = vbucket < 0 ? null : peer.bucket().find(vbucket);
      if (vb != null && vb.inbound != null) {
        retriesAsked++;
        vb.inbound.sendRetryRequest(ask.reason());
      }
    } else if (action instanceof FaultAction.Run run) {
      run.task().run();
      proceed.accept(frame);
    }
    // What is left is Drop: nothing more happens to the frame.
  }
}

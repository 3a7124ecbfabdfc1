package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vbucket.rebalance.orchestrator.link.RelayState.OwnRequest;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.Opcode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The relay between both connections of one link. Not an actor: everything here happens on one thread, that of both sockets, so that
 * frames are ruled on in the order in which they came and a shut gate is shut for the very next frame. Knows sockets only as {@link
 * LinkPort}s; whoever has the bytes calls {@link #received}.
 *
 * <p>The relay works until it breaks, once: by a lost connection, by bytes that are no frames, by its owner's wish. Then all gates are
 * shut, every stream has heard {@link LinkEvent.Lost}, both ports are closed, and whatever else is asked of it is not done.
 */
public final class LinkRelay {
  private static final Logger LOG = LoggerFactory.getLogger(LinkRelay.class);

  /** A consumer that asks so often without reading the answers does not read at all. */
  private static final int MAX_UNREAD_REPLIES = 1024;

  /**
   * @param source name of the producer's node, for messages
   * @param destination name of the consumer's node, for messages
   * @param maxBodyBytes the longest frame body that is accepted
   * @param retryRequestOpcode by which a consumer asks for a retry
   */
  public record Setup(String source, String destination, int maxBodyBytes, int retryRequestOpcode) {
  }

  /**
   * What may pass, and when.
   *
   * @param budget shared with other links
   * @param later calls back on the relay's thread
   */
  public record Pace(FlowBudget budget, Later later) {
    /** As fast as the sockets take it. */
    public static final Pace FREE = new Pace(FlowBudget.unlimited(), (nanos, task) -> {
      throw new IllegalStateException("nothing is held back where there is no limit");
    });
  }

  /** A timer. */
  @FunctionalInterface
  public interface Later {
    void call(long nanos, Runnable task);
  }

  /** Hears once that the relay broke, after the streams did. */
  public interface Owner {
    /**
     * @param gates of all vBuckets that had one, shut
     */
    void broke(String reason, Map<Integer, StreamGate> gates);
  }

  private final Setup setup;
  private final LinkPort consumer;
  private final LinkPort producer;
  private final Owner owner;
  private final Later later;
  private final AckPacing pacing;
  private final RelayState state;
  private final FrameFlow toConsumer;
  private final FrameFlow toProducer;
  private final LinkOpaques opaquesToConsumer = new LinkOpaques();
  private final LinkOpaques opaquesToProducer = new LinkOpaques();
  private int unreadReplies;
  private boolean looksAgain;
  private boolean broken;

  public LinkRelay(Setup setup, LinkPort consumer, LinkPort producer, LinkCounters counters, Owner owner) {
    this(setup, Pace.FREE, consumer, producer, counters, owner);
  }

  public LinkRelay(
      Setup setup, Pace pace, LinkPort consumer, LinkPort producer, LinkCounters counters, Owner owner) {
    this.setup = setup;
    this.consumer = consumer;
    this.producer = producer;
    this.owner = owner;
    this.later = pace.later();
    this.pacing = new AckPacing(pace.budget().of(setup.source(), setup.destination()));
    this.state = new RelayState(counters, pacing);
    this.toConsumer = new FrameFlow(consumer, new ProducerRules(state), setup.maxBodyBytes());
    this.toProducer = new FrameFlow(
        producer, new ConsumerRules(state, setup.retryRequestOpcode(), this::replyToConsumer), setup.maxBodyBytes());
  }

  // ---- what the sockets tell

  /** Takes over bytes that one side sent. What passes is written, but not flushed before {@link #readComplete}. */
  public void received(Side from, ByteBuf bytes) {
    if (broken) {
      bytes.release();
      return;
    }
    try {
      (from == Side.PRODUCER ? toConsumer : toProducer).received(bytes);
    } catch (FrameFormatException wrong) {
      breakUp(name(from) + " sent what is no frame of this protocol: " + wrong.getMessage());
    } catch (RuntimeException bug) {
      breakUp(bug);
    }
  }

  /** There is nothing more to read from a side for now. */
  public void readComplete(Side from) {
    if (!broken) {
      state.publish();
      payBack();
      if (from == Side.CONSUMER) {
        releaseAcks();
      }
      consumer.flush();
      producer.flush();
    }
  }

  /** So much or so little waits to be sent to {@code side} that the other must not, or may again, be read. */
  public void writabilityChanged(Side side) {
    if (broken) {
      return;
    }
    boolean writable = port(side).isWritable();
    port(side == Side.CONSUMER ? Side.PRODUCER : Side.CONSUMER).setReading(writable);
    if (writable && side == Side.CONSUMER) {
      unreadReplies = 0;
    } else if (writable) {
      payBack();
      producer.flush();
    }
  }

  /**
   * Nothing came from a side for the whole idle limit. That means something only where NOOPs keep a link busy, and where this side was
   * read at all.
   */
  public void silent(Side side) {
    boolean read = port(side == Side.CONSUMER ? Side.PRODUCER : Side.CONSUMER).isWritable();
    if (!broken && state.noopsPass && read) {
      breakUp(name(side) + " sent nothing, not even NOOPs, for the whole idle limit; look whether it hangs");
    }
  }

  /** A connection is gone. */
  public void lost(Side side, String how) {
    breakUp("connection to " + name(side) + " " + how);
  }

  // ---- what the streams ask

  /** Sends the events of a vBucket to {@code stream} from now on, beginning with {@link LinkEvent.Up}. */
  public void attach(int vbucket, Consumer<LinkEvent> stream, String producerName) {
    if (!broken) {
      VBucketLane lane = state.laneOrNew(vbucket);
      lane.stream = stream;
      lane.bytes = 0;
      lane.earlierBytes = 0;
      stream.accept(new LinkEvent.Up(producerName));
    }
  }

  /** No more events. What nobody hears of must not pass either. */
  public void detach(int vbucket) {
    VBucketLane lane = state.lane(vbucket);
    if (lane != null) {
      lane.stream = null;
      lane.gate = lane.gate.fence();
    }
  }

  /** Opens the gate and writes ADD_STREAM. */
  public void openStream(int vbucket, int generation, int attempt, boolean takeover) {
    guarded(opaquesToConsumer, () -> {
      VBucketLane lane = state.laneOrNew(vbucket);
      lane.gate = lane.gate.open(generation, takeover);
      lane.earlierBytes += lane.bytes;
      lane.bytes = 0;
      lane.attempt = attempt;
      int opaque = opaquesToConsumer.next(attempt);
      state.own(Side.CONSUMER, opaque, new OwnRequest(Opcode.DCP_ADD_STREAM, vbucket, generation));
      send(Side.CONSUMER, new Dcp.AddStream(vbucket, opaque, takeover).toFrame());
      if (takeover) {
        releaseAcks();
        producer.flush();
      }
    });
  }

  /** Writes CLOSE_STREAM to one side. */
  public void closeStream(int vbucket, int generation, Side side) {
    LinkOpaques opaques = side == Side.CONSUMER ? opaquesToConsumer : opaquesToProducer;
    guarded(opaques, () -> {
      int opaque = opaques.next(state.laneOrNew(vbucket).attempt);
      state.own(side, opaque, new OwnRequest(Opcode.DCP_CLOSE_STREAM, vbucket, generation));
      send(side, new Dcp.CloseStream(vbucket, opaque).toFrame());
    });
  }

  /** Shuts the gate, and tells how far its stream got. */
  public void fence(int vbucket, int generation) {
    if (!broken) {
      VBucketLane lane = state.laneOrNew(vbucket);
      lane.gate = lane.gate.fence();
      lane.tell(new LinkEvent.Fenced(generation, progressOf(lane.gate, generation)));
    }
  }

  public void probe(int vbucket, int generation) {
    if (!broken) {
      VBucketLane lane = state.laneOrNew(vbucket);
      lane.tell(new LinkEvent.Activity(generation, lane.gate.generation() == generation ? lane.bytes : 0));
    }
  }

  /** Bytes of a vBucket that passed since its stream attached, in both directions and over all generations. */
  public long bytesOf(int vbucket) {
    VBucketLane lane = state.lane(vbucket);
    return lane == null ? 0 : lane.earlierBytes + lane.bytes;
  }

  /** Gives the link up. */
  public void drop(String reason) {
    breakUp(reason);
  }

  /** How far a stream got by its gate; one that the gate never knew got nowhere. */
  static Progress progressOf(StreamGate gate, int generation) {
    return gate.generation() == generation ? gate.progress() : Progress.ADDED;
  }

  // ---- own frames

  private void guarded(LinkOpaques opaques, Runnable work) {
    if (broken) {
      return;
    }
    if (!opaques.hasNext()) {
      breakUp("all opaques of this connection are used up; a new one is made");
      return;
    }
    try {
      work.run();
    } catch (RuntimeException bug) {
      breakUp(bug);
    }
  }

  private void send(Side to, Frame frame) {
    (to == Side.CONSUMER ? toConsumer : toProducer).inject(Unpooled.wrappedBuffer(FrameCodec.encode(frame)));
    port(to).flush();
  }

  private void replyToConsumer(Frame reply) {
    if (!consumer.isWritable() && ++unreadReplies > MAX_UNREAD_REPLIES) {
      throw new FrameFormatException("more than " + MAX_UNREAD_REPLIES + " retry requests without reading one answer");
    }
    toConsumer.inject(Unpooled.wrappedBuffer(FrameCodec.encode(reply)));
  }

  /** Acknowledges what was dropped, or the producer's window would leak shut (T20). Waits while the producer reads nothing. */
  private void payBack() {
    if (state.owedBytes > 0 && producer.isWritable()) {
      pacing.spent(state.owedBytes);
      acknowledge(state.owedBytes);
      state.owedBytes = 0;
    }
  }

  /** Acknowledges in the consumer's place as much as the budget allows, and looks again soon when that is not all. */
  private void releaseAcks() {
    if (pacing.isHolding() && producer.isWritable()) {
      acknowledge(pacing.release(state.isTakingOver()));
    }
    if (pacing.isHolding() && !looksAgain) {
      looksAgain = true;
      later.call(AckPacing.LOOK_NANOS, this::lookAgain);
    }
  }

  private void lookAgain() {
    looksAgain = false;
    if (broken) {
      return;
    }
    try {
      releaseAcks();
      producer.flush();
    } catch (RuntimeException bug) {
      breakUp(bug);
    }
  }

  private void acknowledge(long all) {
    for (long left = all; left > 0; left -= Integer.MAX_VALUE) {
      int bytes = (int) Math.min(left, Integer.MAX_VALUE);
      toProducer.inject(
          Unpooled.wrappedBuffer(FrameCodec.encode(new Dcp.BufferAck(LinkOpaques.UNANSWERED, bytes).toFrame())));
    }
  }

  // ---- the end

  private void breakUp(RuntimeException bug) {
    LOG.error("relay {} -> {} broke", setup.source(), setup.destination(), bug);
    breakUp("its relay broke: " + bug);
  }

  private void breakUp(String reason) {
    if (broken) {
      return;
    }
    broken = true;
    state.publish();
    Map<Integer, StreamGate> gates = new HashMap<>();
    state.lanes().forEach(lane -> {
      lane.gate = lane.gate.fence();
      gates.put(lane.vbucket, lane.gate);
      lane.tell(new LinkEvent.Lost(lane.gate.generation(), lane.gate.progress(), reason));
      lane.stream = null;
    });
    pacing.end();
    toConsumer.release();
    toProducer.release();
    consumer.close();
    producer.close();
    owner.broke(reason, gates);
  }

  private LinkPort port(Side side) {
    return side == Side.CONSUMER ? consumer : producer;
  }

  private String name(Side side) {
    return side == Side.CONSUMER ? "destination " + setup.destination() : "source " + setup.source();
  }
}

package io.vbucket.rebalance.orchestrator.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An authenticated connection with its bucket selected. Reads nothing until {@link #listen} or {@link #handOver} is called, once; what came
 * before waits for them.
 */
public final class NodeConnection {
  /**
   * What was agreed when the connection was set up.
   *
   * @param features that the node granted
   * @param traits what a node of its version understands
   * @param errors what the node says about its statuses
   * @param clusterConfig what the node told of all nodes of its cluster, as JSON; empty where it told nothing or was not asked
   * @param dcpFlags with which DCP was opened; 0 where it was not
   */
  public record Agreed(
      Set<Integer> features, NodeTraits traits, ErrorMap errors, String clusterConfig, int dcpFlags) {
    public Agreed {
      features = Set.copyOf(features);
    }
  }

  private final NodeAddress node;
  private final Channel channel;
  private final Agreed agreed;
  private final FrameDecoder decoder;
  private final int maxBodyBytes;

  NodeConnection(NodeAddress node, Channel channel, Agreed agreed, FrameDecoder decoder, int maxBodyBytes) {
    this.node = node;
    this.channel = channel;
    this.agreed = agreed;
    this.decoder = decoder;
    this.maxBodyBytes = maxBodyBytes;
  }

  public NodeAddress node() {
    return node;
  }

  public Agreed agreed() {
    return agreed;
  }

  /** The features that the node granted. */
  public Set<Integer> features() {
    return agreed.features();
  }

  public Channel channel() {
    return channel;
  }

  /**
   * Begins to read frames. Both listeners are called on the connection's own thread; {@code lost} once, after the last frame, also when
   * {@link #close} was called here.
   */
  public void listen(Consumer<Frame> received, Consumer<ConnectionFailure> lost) {
    handOver(new FrameDecoder(maxBodyBytes), new Listener(node, received, lost));
  }

  /** Begins to read bytes, into {@code handlers}, which take this connection's place in the pipeline. */
  public void handOver(ChannelHandler... handlers) {
    if (channel.eventLoop().inEventLoop()) {
      replace(handlers);
    } else {
      channel.eventLoop().execute(() -> replace(handlers));
    }
  }

  private void replace(ChannelHandler... handlers) {
    channel.pipeline().addLast(handlers);
    boolean alive = channel.isActive();
    if (channel.pipeline().context(decoder) != null) {
      channel.pipeline().remove(decoder);
    }
    if (alive) {
      channel.config().setAutoRead(true);
    } else {
      // It was lost before anybody listened: whoever listens now must hear it all the same.
      channel.pipeline().fireChannelInactive();
    }
  }

  /**
   * Sends a frame in the form that the node's version understands, in the order of the calls of one thread. Lost silently when the
   * connection is lost.
   */
  public void send(Frame frame) {
    Frame adapted = agreed.traits().adapted(frame);
    channel.writeAndFlush(Unpooled.wrappedBuffer(FrameCodec.encode(adapted)), channel.voidPromise());
  }

  public void close() {
    channel.close();
  }

  /** Closes it and has the system throw away what has not reached the node, which it would go on sending for minutes otherwise. */
  public void abort() {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public String toString() {
    return "connection to " + node.name() + " (" + node.hostAndPort() + ")";
  }

  private static final class Listener extends SimpleChannelInboundHandler<Frame> {
    private final NodeAddress node;
    private final Consumer<Frame> received;
    private Consumer<ConnectionFailure> lost;

    Listener(NodeAddress node, Consumer<Frame> received, Consumer<ConnectionFailure> lost) {
      this.node = node;
      this.received = received;
      this.lost = lost;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Frame frame) {
      if (lost != null) {
        received.accept(frame);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      tell(new ConnectionFailure(ConnectionFailure.Kind.LOST, node, "the connection was closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      tell(asFailure(node, cause));
      context.close();
    }

    private void tell(ConnectionFailure failure) {
      if (lost != null) {
        Consumer<ConnectionFailure> once = lost;
        lost = null;
        once.accept(failure);
      }
    }
  }

  /** What an exception of the pipeline means for a connection that stood. */
  static ConnectionFailure asFailure(NodeAddress node, Throwable cause) {
    Throwable root = root(cause);
    if (root instanceof FrameFormatException) {
      return new ConnectionFailure(
          ConnectionFailure.Kind.NOT_A_DATA_NODE, node, "sent what is no frame of this protocol: " + root.getMessage(),
          root);
    }
    if (TlsTrouble.isOne(root)) {
      return TlsTrouble.of(node, root);
    }
    return new ConnectionFailure(ConnectionFailure.Kind.LOST, node, "the connection broke: " + root.getMessage(), root);
  }

  static String reason(Throwable cause) {
    return root(cause).getMessage();
  }

  private static Throwable root(Throwable cause) {
    return cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
  }
}

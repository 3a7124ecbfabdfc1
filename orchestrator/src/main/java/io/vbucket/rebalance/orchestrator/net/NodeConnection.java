package io.vbucket.rebalance.orchestrator.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
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
  private final NodeAddress node;
  private final Channel channel;
  private final Set<Integer> features;
  private final FrameDecoder decoder;
  private final int maxBodyBytes;

  NodeConnection(NodeAddress node, Channel channel, Set<Integer> features, FrameDecoder decoder, int maxBodyBytes) {
    this.node = node;
    this.channel = channel;
    this.features = Set.copyOf(features);
    this.decoder = decoder;
    this.maxBodyBytes = maxBodyBytes;
  }

  public NodeAddress node() {
    return node;
  }

  /** The features that the node granted. */
  public Set<Integer> features() {
    return features;
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

  /** Sends a frame, in the order of the calls of one thread. Lost silently when the connection is lost. */
  public void send(Frame frame) {
    channel.writeAndFlush(Unpooled.wrappedBuffer(FrameCodec.encode(frame)), channel.voidPromise());
  }

  public void close() {
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
    return new ConnectionFailure(ConnectionFailure.Kind.LOST, node, "the connection broke: " + root.getMessage(), root);
  }

  static String reason(Throwable cause) {
    return root(cause).getMessage();
  }

  private static Throwable root(Throwable cause) {
    return cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
  }
}

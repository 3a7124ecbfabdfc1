package io.vbucket.rebalance.orchestrator.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.NetUtil;
import io.vbucket.rebalance.config.LinkSettings;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.NodeSettings;
import io.vbucket.rebalance.config.Units;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Makes connections that are authenticated and have their bucket selected, each within its limits. */
public final class NodeConnector {
  /** What one turn of the event loop reads is written before more is read, while it is still in the processor's cache. */
  private static final int READS_PER_TURN = 1;
  private static final int COMMAND_READ_BYTES = 64 * 1024;
  private static final int COMMAND_MAX_BODY_BYTES = 32 * 1024 * 1024;

  /**
   * @param connectTimeout connecting the socket, name resolution included
   * @param handshakeTimeout TLS, HELLO to SELECT_BUCKET, and DCP OPEN where asked for
   * @param readBufferBytes size of one read
   * @param maxBodyBytes the longest frame body that is accepted
   * @param writeHighWaterBytes so much waiting to be written makes the channel unwritable
   * @param writeLowWaterBytes only so much left makes it writable again
   */
  public record Limits(
      Duration connectTimeout,
      Duration handshakeTimeout,
      int readBufferBytes,
      int maxBodyBytes,
      int writeHighWaterBytes,
      int writeLowWaterBytes) {

    public static Limits of(LinkSettings link) {
      return new Limits(
          link.connectTimeout(), link.handshakeTimeout(), Math.toIntExact(link.readBufferBytes()),
          Math.toIntExact(link.maxBodyBytes()), Math.toIntExact(link.writeHighWaterBytes()),
          Math.toIntExact(link.writeLowWaterBytes()));
    }

    public static Limits of(NodeSettings node) {
      return new Limits(
          node.connectTimeout(), node.handshakeTimeout(), COMMAND_READ_BYTES, COMMAND_MAX_BODY_BYTES,
          COMMAND_READ_BYTES, COMMAND_READ_BYTES / 2);
    }
  }

  private final EventLoops loops;
  private final Limits limits;
  private final Handshake.Terms terms;

  /**
   * @param loops stay the caller's: they are not closed here
   */
  public NodeConnector(EventLoops loops, Limits limits, SessionSecurity security) {
    this.loops = loops;
    this.limits = limits;
    this.terms = new Handshake.Terms(limits, security, loops.computing());
  }

  /** A thread for connections that must share one. */
  public EventLoop nextLoop() {
    return loops.next();
  }

  public Limits limits() {
    return limits;
  }

  /** As {@link #connect(ConnectRequest, EventLoop)}, on any thread of the group. */
  public CompletionStage<NodeConnection> connect(ConnectRequest request) {
    return connect(request, loops.next());
  }

  /**
   * Begins to connect.
   *
   * @param loop the thread that serves the connection from then on
   * @return the connection, or a {@link ConnectionFailure}; never later than both limits allow
   */
  public CompletionStage<NodeConnection> connect(ConnectRequest request, EventLoop loop) {
    CompletableFuture<NodeConnection> promise = new CompletableFuture<>();
    NodeAddress node = request.node();
    Optional<SocketAddress> known = loops.addressOf(node);
    if (known.isPresent()) {
      connect(known.get(), request, loop, promise);
      return promise;
    }
    if (NetUtil.isValidIpV4Address(node.host()) || NetUtil.isValidIpV6Address(node.host())) {
      connect(new InetSocketAddress(node.host(), node.port()), request, loop, promise);
      return promise;
    }
    // Resolving blocks its thread, so never that of other sockets.
    CompletableFuture.supplyAsync(() -> new InetSocketAddress(node.host(), node.port()))
        .orTimeout(limits.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((address, slow) -> {
          if (slow != null) {
            promise.completeExceptionally(new ConnectionFailure(
                ConnectionFailure.Kind.TIMED_OUT, node,
                "its host name was not resolved within " + Units.duration(limits.connectTimeout())
                    + "; name it by address, or look at the name service",
                slow));
          } else if (address.isUnresolved()) {
            promise.completeExceptionally(new ConnectionFailure(
                ConnectionFailure.Kind.UNREACHABLE, node,
                "unknown host " + node.host() + "; correct it in the cluster file, or look at the name service"));
          } else {
            connect(address, request, loop, promise);
          }
        });
    return promise;
  }

  private void connect(
      SocketAddress address, ConnectRequest request, EventLoop loop, CompletableFuture<NodeConnection> promise) {
    NodeAddress node = request.node();
    Bootstrap bootstrap = bootstrap(loop).handler(new ChannelInitializer<Channel>() {
      @Override
      protected void initChannel(Channel channel) {
        terms.security().protect(channel.pipeline(), node, limits.handshakeTimeout());
        FrameDecoder decoder = new FrameDecoder(limits.maxBodyBytes());
        channel.pipeline().addLast(decoder, new Handshake(request, decoder, terms, promise));
      }
    });
    try {
      bootstrap.connect(address).addListener((ChannelFuture connected) -> {
        if (!connected.isSuccess()) {
          promise.completeExceptionally(notConnected(node, connected.cause()));
        }
      });
    } catch (RuntimeException refused) {
      // The group was closed.
      promise.completeExceptionally(notConnected(node, refused));
    }
  }

  /** Sockets as all connections have them, without a handler. The kernel sizes their buffers: fixed ones would turn its tuning off. */
  public Bootstrap bootstrap(EventLoop loop) {
    Bootstrap bootstrap = new Bootstrap()
        .group(loop)
        .channel(loops.channelClass())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(limits.connectTimeout().toMillis()))
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR,
            new FixedRecvByteBufAllocator(limits.readBufferBytes()).maxMessagesPerRead(READS_PER_TURN))
        .option(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(limits.writeLowWaterBytes(), limits.writeHighWaterBytes()));
    if (SocketChannel.class.isAssignableFrom(loops.channelClass())) {
      bootstrap.option(ChannelOption.TCP_NODELAY, true).option(ChannelOption.SO_KEEPALIVE, true);
    }
    return bootstrap;
  }

  private ConnectionFailure notConnected(NodeAddress node, Throwable cause) {
    if (cause instanceof ConnectTimeoutException) {
      return new ConnectionFailure(
          ConnectionFailure.Kind.TIMED_OUT, node, "no connection within " + Units.duration(limits.connectTimeout())
              + "; look whether the node runs and a firewall lets connections to this port through",
          cause);
    }
    return new ConnectionFailure(
        ConnectionFailure.Kind.UNREACHABLE, node, "cannot connect: " + cause.getMessage()
            + "; look whether the node runs and listens there, or correct the address in the cluster file",
        cause);
  }
}

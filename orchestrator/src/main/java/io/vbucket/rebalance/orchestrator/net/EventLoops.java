package io.vbucket.rebalance.orchestrator.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vbucket.rebalance.config.NodeAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The threads that serve all connections, and the kind of connections: sockets, or channels in memory on a simulated stage. */
public final class EventLoops implements AutoCloseable {
  private final EventLoopGroup group;
  private final Class<? extends Channel> channelClass;
  private final Function<NodeAddress, SocketAddress> addresses;
  private final Executor computing;

  /**
   * Sockets.
   *
   * @param threads 1 or more
   */
  public EventLoops(int threads) {
    this(
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("rebalance-io", true), NioIoHandler.newFactory()),
        NioSocketChannel.class,
        null,
        ForkJoinPool.commonPool());
  }

  /**
   * Connections of another kind; everything of theirs is done on the threads of {@code group}.
   *
   * @param addresses where a node is to be reached in {@code channelClass}' own terms; null: by host and port
   */
  public EventLoops(
      EventLoopGroup group, Class<? extends Channel> channelClass, Function<NodeAddress, SocketAddress> addresses) {
    this(group, channelClass, addresses, Runnable::run);
  }

  private EventLoops(
      EventLoopGroup group,
      Class<? extends Channel> channelClass,
      Function<NodeAddress, SocketAddress> addresses,
      Executor computing) {
    this.group = group;
    this.channelClass = channelClass;
    this.addresses = addresses;
    this.computing = computing;
  }

  /** A loop for channels that must share one thread. */
  public EventLoop next() {
    return group.next();
  }

  /** Does what takes longer than sockets may wait. */
  Executor computing() {
    return computing;
  }

  Class<? extends Channel> channelClass() {
    return channelClass;
  }

  /** The address of a node that needs no resolving, if there is one. */
  Optional<SocketAddress> addressOf(NodeAddress node) {
    return addresses == null ? Optional.empty() : Optional.of(addresses.apply(node));
  }

  /** Closes all channels and ends the threads; does not wait for them. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}

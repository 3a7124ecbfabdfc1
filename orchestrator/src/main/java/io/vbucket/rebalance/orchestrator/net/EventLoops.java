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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The threads that serve all connections, and the kind of connections: sockets, or channels in memory on a simulated stage. */
public final class EventLoops implements AutoCloseable {
  private final EventLoopGroup group;
  private final Class<? extends Channel> channelClass;
  private final Function<NodeAddress, SocketAddress> addresses;

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
        null);
  }

  /**
   * Connections of another kind.
   *
   * @param addresses where a node is to be reached in {@code channelClass}' own terms; null: by host and port
   */
  public EventLoops(
      EventLoopGroup group, Class<? extends Channel> channelClass, Function<NodeAddress, SocketAddress> addresses) {
    this.group = group;
    this.channelClass = channelClass;
    this.addresses = addresses;
  }

  /** A loop for channels that must share one thread. */
  public EventLoop next() {
    return group.next();
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

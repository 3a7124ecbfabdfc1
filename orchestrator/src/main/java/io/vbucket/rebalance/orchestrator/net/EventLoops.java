package io.vbucket.rebalance.orchestrator.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** The threads that serve all sockets, and the kind of sockets. */
public final class EventLoops implements AutoCloseable {
  private final EventLoopGroup group;

  /**
   * @param threads 1 or more
   */
  public EventLoops(int threads) {
    group = new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory("rebalance-io", true), NioIoHandler.newFactory());
  }

  /** A loop for channels that must share one thread. */
  public EventLoop next() {
    return group.next();
  }

  Class<? extends SocketChannel> channelClass() {
    return NioSocketChannel.class;
  }

  /** Closes all channels and ends the threads; does not wait for them. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}

package io.vbucket.rebalance.testkit.stage;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.protocol.StreamEndReason;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Listens on loopback for the orchestrator, and connects each of its connections with a node. Except for {@link #port} and {@link #close},
 * call it on the stage's thread.
 */
final class NodeProxy implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  private final String name;
  private final NodeAddress node;
  private final EventLoop loop;
  private final Crossing crossing;
  private final List<ProxiedConnection> connections = new ArrayList<>();
  private final Channel server;

  /**
   * @param name of the node in the script
   * @param loop the thread of all proxies of the stage
   */
  NodeProxy(String name, NodeAddress node, EventLoop loop, Crossing crossing) {
    this.name = name;
    this.node = node;
    this.loop = loop;
    this.crossing = crossing;
    this.server = new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel front) {
            accept(front);
          }
        })
        .bind("127.0.0.1", 0)
        .syncUninterruptibly()
        .channel();
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  private void accept(SocketChannel front) {
    ProxiedConnection connection = new ProxiedConnection(name, crossing, front);
    connections.removeIf(ProxiedConnection::isClosed);
    connections.add(connection);
    ChannelFuture connecting = new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(node.host(), node.port());
    connecting.addListener(done -> {
      if (done.isSuccess() && !connection.isClosed()) {
        connection.open(connecting.channel());
      } else {
        connecting.channel().close();
        connection.close();
      }
    });
  }

  /** The newest connection on which the node is the consumer of the vBucket's stream carries the request. */
  void askRetry(int vbucket) {
    for (int i = connections.size() - 1; i >= 0; i--) {
      if (connections.get(i).askRetry(vbucket)) {
        return;
      }
    }
  }

  void endStream(int vbucket, StreamEndReason reason) {
    List.copyOf(connections).forEach(connection -> connection.endStream(vbucket, reason));
  }

  void sendStreamEnd(int vbucket, int opaque, int like) {
    List.copyOf(connections).forEach(connection -> connection.sendStreamEnd(vbucket, opaque, like));
  }

  /**
   * @param replication those that carry streams; otherwise all others
   */
  void cut(boolean replication) {
    List.copyOf(connections).stream()
        .filter(connection -> connection.carriesStreams() == replication)
        .forEach(ProxiedConnection::close);
  }

  void setReading(boolean reading) {
    connections.stream()
        .filter(ProxiedConnection::carriesStreams)
        .forEach(connection -> connection.setReading(reading));
  }

  /** Streams of the vBucket that have passed here and were not ended, in words. */
  List<String> streams(int vbucket) {
    List<String> found = new ArrayList<>();
    if (connections.stream().anyMatch(connection -> connection.hasStream(vbucket, true))) {
      found.add("the consumer on " + name + " still has a stream");
    }
    if (connections.stream().anyMatch(connection -> connection.hasStream(vbucket, false))) {
      found.add("the producer on " + name + " still has a stream");
    }
    return found;
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
    loop.submit(() -> List.copyOf(connections).forEach(ProxiedConnection::close)).syncUninterruptibly();
  }
}

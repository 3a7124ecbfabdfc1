package io.vbucket.rebalance.testkit.node.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.util.NetUtil;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.PortTakenException;
import java.net.InetSocketAddress;

/** A node's HTTP port on loopback. Runs on the node's own thread. */
public final class ManagementEndpoint {
  private static final int LONGEST_REQUEST_BYTES = 64 * 1024;

  private final EventLoop loop;
  private final DataNode node;
  private final String host;
  private final ManagementPages pages;
  private final ChannelGroup connections;
  private Channel server;
  private int port;

  /**
   * @param host address to listen on
   * @param port 0 for any
   */
  public ManagementEndpoint(EventLoop loop, DataNode node, String host, int port) {
    this.loop = loop;
    this.node = node;
    this.host = host;
    this.port = port;
    this.pages = new ManagementPages(node);
    this.connections = new DefaultChannelGroup(loop);
    node.onConfig(this::configChanged);
  }

  /**
   * Begins to listen, also after {@link #stop()}, on the same port.
   *
   * @throws PortTakenException when the port is taken
   */
  public void start() {
    ServerBootstrap bootstrap = new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel channel) {
            connections.add(channel);
            channel.pipeline().addLast(new HttpServerCodec(), new HttpServerKeepAliveHandler(),
                new HttpObjectAggregator(LONGEST_REQUEST_BYTES), new ManagementHandler(node, pages));
          }
        });
    try {
      server = bootstrap.bind(host, port).syncUninterruptibly().channel();
    } catch (Exception taken) {
      throw new PortTakenException(node.name(), "HTTP", NetUtil.toSocketAddressString(host, port), taken);
    }
    port = ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** The port it listens on; known after {@link #start()}. */
  public int port() {
    return port;
  }

  /** Closes the port and all connections. May be called on the node's thread, and then does not wait. */
  public void stop() {
    if (server != null) {
      var closing = server.close();
      server = null;
      if (!loop.inEventLoop()) {
        closing.syncUninterruptibly();
      }
    }
    connections.close();
  }

  private void configChanged(String bucket, String json) {
    connections.forEach(channel -> {
      ManagementHandler handler = channel.pipeline().get(ManagementHandler.class);
      if (handler != null && handler.streams(bucket)) {
        handler.stream(channel, json);
      }
    });
  }
}

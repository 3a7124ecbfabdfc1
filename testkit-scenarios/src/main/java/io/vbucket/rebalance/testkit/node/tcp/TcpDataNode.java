package io.vbucket.rebalance.testkit.node.tcp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.NodeClock;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.PortTakenException;
import io.vbucket.rebalance.testkit.node.http.ManagementEndpoint;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A data node on loopback. One thread runs everything of it; the methods here may be called from any other thread and wait for it.
 */
public final class TcpDataNode implements AutoCloseable {
  private static final int READ_BYTES = 256 * 1024;
  private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 * 1024, 1024 * 1024);

  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop loop;
  private final DataNode node;
  private final Set<NodeConnection> connections = new LinkedHashSet<>();
  private String host = "127.0.0.1";
  private Channel server;
  private int port;
  private SslContext tls;
  private Channel tlsServer;
  private int tlsPort;
  /** Null without an HTTP port. */
  private ManagementEndpoint management;

  /**
   * @param port 0 for any
   * @param observer is called on the node's thread
   */
  public TcpDataNode(NodeSettings settings, int port, NodeObserver observer) {
    this.group = new MultiThreadIoEventLoopGroup(
        1, new DefaultThreadFactory("node-" + settings.name(), true), NioIoHandler.newFactory());
    this.loop = group.next();
    this.port = port;
    this.node = new DataNode(settings, new LoopClock(loop), observer);
  }

  public TcpDataNode(NodeSettings settings) {
    this(settings, 0, NodeObserver.NONE);
  }

  /**
   * From the next {@link #start} on, listens on this address instead of 127.0.0.1. Before {@link #withManagement}.
   *
   * @param address an address of loopback, IPv6 without brackets
   * @throws IllegalArgumentException when it is none: the node has a password that everybody knows
   */
  public TcpDataNode on(String address) {
    boolean literal = NetUtil.isValidIpV4Address(address) || NetUtil.isValidIpV6Address(address);
    if (!literal || !new InetSocketAddress(address, 0).getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "host " + address
              + ": expected an address of loopback, 127.0.0.1 or ::1, since embedded nodes protect nothing");
    }
    host = address;
    return this;
  }

  /**
   * From the next {@link #start} on, listens with TLS on a second port, as real nodes do.
   *
   * @param newPort 0 for any
   */
  public TcpDataNode withTls(SslContext context, int newPort) {
    tls = context;
    tlsPort = newPort;
    return this;
  }

  /**
   * From the next {@link #start} on, opens an HTTP port besides, for clients that ask where the nodes are. It dies and comes back with the
   * node.
   *
   * @param newPort 0 for any
   */
  public TcpDataNode withManagement(int newPort) {
    management = new ManagementEndpoint(loop, node, host, newPort);
    return this;
  }

  /**
   * Begins to listen.
   *
   * @throws PortTakenException when a port is taken
   */
  public TcpDataNode start() {
    server = listen(port, null);
    port = ((InetSocketAddress) server.localAddress()).getPort();
    if (tls != null) {
      tlsServer = listen(tlsPort, tls);
      tlsPort = ((InetSocketAddress) tlsServer.localAddress()).getPort();
    }
    if (management != null) {
      management.start();
    }
    return this;
  }

  private Channel listen(int wantedPort, SslContext security) {
    ServerBootstrap bootstrap = new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel channel) {
            NodeConnection connection = new NodeConnection(channel, connections::remove);
            connections.add(connection);
            connection.sessionIs(node.open(connection));
            if (security != null) {
              channel.pipeline().addLast(security.newHandler(channel.alloc()));
            }
            channel.pipeline().addLast(connection);
          }
        });
    try {
      return bootstrap.bind(host, wantedPort).syncUninterruptibly().channel();
    } catch (Exception taken) {
      throw new PortTakenException(
          node.name(), security == null ? "clients" : "clients with TLS",
          NetUtil.toSocketAddressString(host, wantedPort),
          taken);
    }
  }

  /** The address it listens on, IPv6 without brackets. */
  public String host() {
    return host;
  }

  /** The HTTP port; 0 without one. */
  public int managementPort() {
    return management == null ? 0 : management.port();
  }

  /** The port it listens on; known after {@link #start()}. */
  public int port() {
    return port;
  }

  /** The port on which it listens with TLS; known after {@link #start()}, 0 without TLS. */
  public int tlsPort() {
    return tlsPort;
  }

  public String name() {
    return node.name();
  }

  /** Reads or steers the node on its own thread, and waits for the result. */
  public <T> T call(Function<DataNode, T> question) {
    if (loop.inEventLoop()) {
      return question.apply(node);
    }
    return loop.submit(() -> question.apply(node)).syncUninterruptibly().getNow();
  }

  /** {@link #call} without a result. */
  public void run(Consumer<DataNode> command) {
    call(n -> {
      command.accept(n);
      return null;
    });
  }

  /** Steers the node on its own thread, at once when called there, and waits for nothing. */
  public void execute(Consumer<DataNode> command) {
    if (loop.inEventLoop()) {
      command.accept(node);
    } else {
      loop.execute(() -> command.accept(node));
    }
  }

  /** Runs {@code task} on the node's thread after {@code delay}, also when the process is dead by then. */
  public void later(Duration delay, Runnable task) {
    loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The process dies: the port and all sockets are closed at once, without a farewell. May be called on the node's own thread, too. */
  public void stop() {
    stopListening(server);
    stopListening(tlsServer);
    server = null;
    tlsServer = null;
    if (management != null) {
      management.stop();
    }
    run(n -> {
      List.copyOf(connections).forEach(NodeConnection::abort);
      n.die();
    });
    if (!loop.inEventLoop()) {
      // A closed socket keeps its port until the selector has looked at it once more, which it does before a timer.
      loop.schedule(() -> {}, 1, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }
  }

  private void stopListening(Channel listening) {
    if (listening != null) {
      ChannelFuture closing = listening.close();
      if (!loop.inEventLoop()) {
        closing.syncUninterruptibly();
      }
    }
  }

  /** The process is there again, on the same ports. */
  public TcpDataNode restart(boolean keepData) {
    run(n -> n.restart(keepData));
    return start();
  }

  /** Stops for good and frees the thread. */
  @Override
  public void close() {
    if (!group.isShuttingDown()) {
      stop();
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private record LoopClock(EventLoop loop) implements NodeClock {
    @Override
    public long nowNanos() {
      return System.nanoTime();
    }

    @Override
    public int epochSeconds() {
      return (int) (System.currentTimeMillis() / 1_000);
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
      if (delay.isZero()) {
        boolean[] cancelled = new boolean[1];
        loop.execute(() -> {
          if (!cancelled[0]) {
            task.run();
          }
        });
        return () -> cancelled[0] = true;
      }
      var scheduled = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    }
  }
}

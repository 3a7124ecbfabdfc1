package io.vbucket.rebalance.testkit.stage;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
import io.vbucket.rebalance.testkit.node.DataNode;
import io.vbucket.rebalance.testkit.node.NodeClock;
import io.vbucket.rebalance.testkit.node.NodeObserver;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.tcp.NodeConnection;
import io.vbucket.rebalance.testkit.simulation.Simulation;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** A data node behind channels in memory, on a loop of a simulation. */
final class SimulatedNode implements StagedNode {
  private final Simulation simulation;
  private final EventLoop loop;
  private final DataNode node;
  private final LocalAddress address;
  private final int port;
  private final Set<NodeConnection> connections = new LinkedHashSet<>();
  private Channel server;
  private boolean up;

  /**
   * @param port what the map says; nothing listens on it
   */
  SimulatedNode(Simulation simulation, NodeSettings settings, int port, NodeObserver observer) {
    this.simulation = simulation;
    this.loop = simulation.newLoop();
    this.address = new LocalAddress(simulation.id() + "-" + settings.name());
    this.port = port;
    this.node = new DataNode(settings, new LoopClock(simulation, loop), observer);
    listen();
  }

  private void listen() {
    ServerBootstrap bootstrap = new ServerBootstrap()
        .group(loop)
        .channel(LocalServerChannel.class)
        .childHandler(new ChannelInitializer<LocalChannel>() {
          @Override
          protected void initChannel(LocalChannel channel) {
            NodeConnection connection = new NodeConnection(channel, connections::remove);
            connections.add(connection);
            connection.sessionIs(node.open(connection));
            channel.pipeline().addLast(connection);
          }
        });
    bootstrap.bind(address).addListener((ChannelFuture bound) -> {
      server = bound.channel();
      up = bound.isSuccess();
    });
  }

  LocalAddress address() {
    return address;
  }

  EventLoop loop() {
    return loop;
  }

  /** The node itself, for those who are on its loop. */
  DataNode data() {
    return node;
  }

  @Override
  public String name() {
    return node.name();
  }

  @Override
  public String server() {
    return "127.0.0.1:" + port;
  }

  @Override
  public boolean isUp() {
    return up;
  }

  @Override
  public void execute(Consumer<DataNode> command) {
    if (simulation.isRunning(loop)) {
      command.accept(node);
    } else {
      loop.execute(() -> command.accept(node));
    }
  }

  /** Nothing else happens meanwhile: the whole simulation has one thread. */
  @Override
  public <T> T call(Function<DataNode, T> question) {
    return question.apply(node);
  }

  @Override
  public void later(Duration delay, Runnable task) {
    loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void stop() {
    execute(data -> {
      if (up) {
        up = false;
        server.close();
        List.copyOf(connections).forEach(NodeConnection::abort);
        data.die();
      }
    });
  }

  @Override
  public void restart(boolean keepData) {
    execute(data -> {
      if (!up) {
        data.restart(keepData);
        listen();
      }
    });
  }

  private record LoopClock(Simulation simulation, EventLoop loop) implements NodeClock {
    @Override
    public long nowNanos() {
      return simulation.time().nowNanos();
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

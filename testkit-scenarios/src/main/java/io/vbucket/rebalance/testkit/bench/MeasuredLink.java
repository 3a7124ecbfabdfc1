package io.vbucket.rebalance.testkit.bench;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.link.ChannelPort;
import io.vbucket.rebalance.orchestrator.link.LinkCounters;
import io.vbucket.rebalance.orchestrator.link.LinkRelay;
import io.vbucket.rebalance.orchestrator.link.RelayHandler;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.SessionSecurity;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import java.net.InetSocketAddress;
import java.time.Duration;

/** The product's own relay between two sockets that are connected as the product connects them, with one stream being added. */
final class MeasuredLink implements AutoCloseable {
  private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(10);

  private final Channel source;
  private final Channel sink;
  private final LinkCounters counters = new LinkCounters();

  MeasuredLink(
      NodeConnector connector,
      SessionSecurity security,
      InetSocketAddress sourceAddress,
      InetSocketAddress sinkAddress) {
    EventLoop loop = connector.nextLoop();
    source = connect(connector, security, loop, sourceAddress);
    sink = connect(connector, security, loop, sinkAddress);
    LinkRelay relay = new LinkRelay(
        new LinkRelay.Setup("source", "sink", FrameHeader.DEFAULT_MAX_BODY_LENGTH, Opcode.DCP_RETRY_REQUEST),
        new ChannelPort(sink), new ChannelPort(source), counters, (reason, gates) -> {
        });
    loop.execute(() -> {
      source.pipeline().addLast(new RelayHandler(Side.PRODUCER, relay));
      sink.pipeline().addLast(new RelayHandler(Side.CONSUMER, relay));
      relay.openStream(RelayEnds.VBUCKET, 1, 0, false);
      source.config().setAutoRead(true);
      sink.config().setAutoRead(true);
    });
  }

  private static Channel connect(
      NodeConnector connector, SessionSecurity security, EventLoop loop, InetSocketAddress address) {
    NodeAddress node = new NodeAddress("end", address.getAddress().getHostAddress(), address.getPort());
    return connector.bootstrap(loop)
        .option(io.netty.channel.ChannelOption.AUTO_READ, false)
        .handler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            security.protect(channel.pipeline(), node, HANDSHAKE_LIMIT);
          }
        })
        .connect(address)
        .syncUninterruptibly()
        .channel();
  }

  LinkCounters counters() {
    return counters;
  }

  @Override
  public void close() {
    source.close().syncUninterruptibly();
    sink.close().syncUninterruptibly();
  }
}

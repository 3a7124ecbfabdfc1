package io.vbucket.rebalance.testkit.node.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.testkit.node.PeerSession;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** However a connection ends, it keeps no buffer of Netty's. */
class NodeConnectionTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final NodeConnection connection = new NodeConnection(channel, gone -> {
  });
  private final List<Frame> received = new ArrayList<>();
  private Consumer<Frame> session = received::add;

  @BeforeEach
  void connect() {
    connection.sessionIs(new PeerSession() {
      @Override
      public void received(Frame frame) {
        session.accept(frame);
      }

      @Override
      public void writable() {}

      @Override
      public boolean isProducer() {
        return false;
      }

      @Override
      public String dcpName() {
        return "";
      }

      @Override
      public void certified() {}

      @Override
      public void closed() {}
    });
    channel.pipeline().addLast(connection);
  }

  /** A whole NOOP, and the first bytes of another. */
  private static ByteBuf oneAndAHalf() {
    ByteBuf noop = Unpooled.wrappedBuffer(FrameCodec.encode(Frame.request(Opcode.NOOP, 0, 7)));
    return Unpooled.buffer().writeBytes(noop.duplicate()).writeBytes(noop, 10);
  }

  @Test
  void half_a_frame_is_let_go_when_the_peer_closes() {
    ByteBuf bytes = oneAndAHalf();
    channel.writeInbound(bytes);
    assertThat(received).hasSize(1);
    assertThat(bytes.refCnt()).as("the other half may come").isEqualTo(1);
    channel.close();

    assertThat(bytes.refCnt()).isZero();
  }

  @Test
  void what_a_node_did_not_read_is_let_go_when_it_dies() {
    ByteBuf bytes = oneAndAHalf();
    connection.setReading(false);
    channel.pipeline().fireChannelRead(bytes);
    assertThat(received).isEmpty();
    connection.abort();

    assertThat(bytes.refCnt()).isZero();
  }

  @Test
  void a_connection_that_a_node_closes_over_a_frame_lets_it_go() {
    session = frame -> connection.close();
    ByteBuf bytes = oneAndAHalf();
    channel.writeInbound(bytes);

    assertThat(bytes.refCnt()).isZero();
  }

  @Test
  void a_frame_over_which_a_node_falls_is_let_go_with_its_connection() {
    session = frame -> {
      throw new IllegalStateException("a mistake of the node");
    };
    ByteBuf bytes = oneAndAHalf();
    channel.pipeline().fireChannelRead(bytes);

    assertThat(bytes.refCnt()).isZero();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void what_was_to_be_sent_and_has_not_left_is_let_go_when_a_node_dies() {
    connection.send(Frame.request(Opcode.NOOP, 0, 7));
    connection.abort();
    channel.runPendingTasks();

    assertThat((Object) channel.readOutbound()).isNull();
  }
}

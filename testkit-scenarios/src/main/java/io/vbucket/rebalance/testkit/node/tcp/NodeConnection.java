package io.vbucket.rebalance.testkit.node.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.local.LocalChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.testkit.node.PeerConnection;
import io.vbucket.rebalance.testkit.node.PeerSession;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bytes of one connection to frames and back. Frames that leave in one turn of the loop share buffers and one flush. */
public final class NodeConnection extends ChannelInboundHandlerAdapter implements PeerConnection {
  private static final Logger LOG = LoggerFactory.getLogger(NodeConnection.class);
  private static final int BATCH_BYTES = 128 * 1024;
  /** From here on a frame's value is written from its own array instead of being copied. */
  private static final int COPY_LIMIT_BYTES = 16 * 1024;

  private final Channel channel;
  private final Consumer<NodeConnection> onGone;
  private final Runnable flush = this::flush;
  private PeerSession session;
  private ByteBuf received;
  private ByteBuf batch;
  private boolean taking;
  private boolean flushScheduled;
  private boolean reading = true;
  private boolean peerIsGone;
  private boolean closed;

  /**
   * @param onGone told once, when the connection is no more
   */
  public NodeConnection(Channel channel, Consumer<NodeConnection> onGone) {
    this.channel = channel;
    this.onGone = onGone;
  }

  /** Before anything is received. */
  public void sessionIs(PeerSession newSession) {
    session = newSession;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (closed) {
      bytes.release();
      return;
    }
    received =
        received == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), received, bytes);
    takeReceived();
  }

  private void takeReceived() {
    taking = true;
    try {
      takeFrames();
    } catch (FrameFormatException malformed) {
      LOG.warn("{}: closed, since its peer sent {}", session, malformed.getMessage());
      gone();
      channel.close();
    } finally {
      taking = false;
      if (closed || !received.isReadable()) {
        releaseReceived();
      }
    }
  }

  private void releaseReceived() {
    if (received != null) {
      received.release();
      received = null;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
      try {
        context.pipeline().get(SslHandler.class).engine().getSession().getPeerPrincipal();
        session.certified();
      } catch (SSLPeerUnverifiedException anonymous) {
        LOG.debug("{}: without a client certificate", session);
      }
    }
    super.userEventTriggered(context, event);
  }

  /** A node that stopped reading takes nothing more, even of what the loop had read for it. */
  private void takeFrames() {
    ByteBuffer in = received.nioBuffer();
    int start = in.position();
    while (!closed && reading && in.remaining() >= FrameHeader.LENGTH
        && in.remaining() >= FrameHeader.frameLength(in, in.position(), FrameHeader.DEFAULT_MAX_BODY_LENGTH)) {
      session.received(FrameCodec.decode(in, FrameHeader.DEFAULT_MAX_BODY_LENGTH));
    }
    received.skipBytes(in.position() - start);
  }

  @Override
  public void send(Frame frame) {
    if (closed) {
      return;
    }
    boolean large = frame.value().length > COPY_LIMIT_BYTES;
    int copied = large ? frame.length() - frame.value().length : frame.length();
    if (batch != null && batch.writableBytes() < copied) {
      writeBatch();
    }
    if (batch == null) {
      batch = channel.alloc().directBuffer(large ? copied : Math.max(BATCH_BYTES, copied));
    }
    if (large) {
      writeHead(frame);
      writeBatch();
      channel.write(Unpooled.wrappedBuffer(frame.value()), channel.voidPromise());
    } else {
      ByteBuffer out = batch.nioBuffer(batch.writerIndex(), copied);
      FrameCodec.encode(frame, out);
      batch.writerIndex(batch.writerIndex() + copied);
    }
    if (!flushScheduled) {
      flushScheduled = true;
      channel.eventLoop().execute(flush);
    }
  }

  private void writeHead(Frame frame) {
    Frame head =
        new Frame(frame.magic(), frame.opcode(), frame.datatype(), frame.vbucketOrStatus(), frame.opaque(), frame.cas(),
            frame.framingExtras(), frame.extras(), frame.key(), Frame.NOTHING);
    int at = batch.writerIndex();
    FrameCodec.encode(head, batch.nioBuffer(at, head.length()));
    batch.setInt(at + FrameHeader.BODY_LENGTH, frame.bodyLength());
    batch.writerIndex(at + head.length());
  }

  private void writeBatch() {
    channel.write(batch, channel.voidPromise());
    batch = null;
  }

  private void flush() {
    flushScheduled = false;
    if (closed) {
      return;
    }
    if (batch != null && batch.isReadable()) {
      writeBatch();
    }
    channel.flush();
  }

  @Override
  public boolean isWritable() {
    return !closed && channel.isWritable();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    // A client that does not take its answers gets no more of them; a producer must go on reading its BUFFER_ACKs.
    channel.config().setAutoRead(reading && (channel.isWritable() || session.isProducer()));
    if (channel.isWritable()) {
      channel.eventLoop().execute(() -> {
        if (!closed) {
          session.writable();
        }
      });
    }
  }

  @Override
  public void setReading(boolean newReading) {
    reading = newReading;
    // A channel in memory forgets what nobody read when its peer closes it; a socket does not.
    channel.config().setAutoRead(reading || channel instanceof LocalChannel);
    if (reading && received != null && !taking) {
      takeReceived();
    }
    if (reading && peerIsGone) {
      gone();
    }
  }

  /** A node that does not read finds out later that its peer is gone: after what came before. */
  @Override
  public void channelInactive(ChannelHandlerContext context) {
    peerIsGone = true;
    if (reading) {
      gone();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("{}: closed, {}", session, cause.toString());
    gone();
    channel.close();
  }

  /** What was sent before still leaves. */
  @Override
  public void close() {
    if (!closed) {
      flush();
      gone();
      channel.close();
    }
  }

  /** Closes with a reset, as a process that died. */
  public void abort() {
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    } catch (ChannelException closedByPeer) {
      LOG.debug("{}: closed by its peer before", session);
    }
    gone();
    channel.close();
  }

  private void gone() {
    if (!closed) {
      closed = true;
      if (batch != null) {
        batch.release();
        batch = null;
      }
      if (!taking) {
        // Half a frame, or what was not read: nobody will.
        releaseReceived();
      }
      onGone.accept(this);
      session.closed();
    }
  }
}

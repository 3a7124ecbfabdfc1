package io.vbucket.rebalance.orchestrator.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.FrameHeader;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Received bytes to whole {@link io.vbucket.rebalance.protocol.Frame}s, for connections on which frames are few. Collects no more than one
 * frame beyond what was read, and grows with the bytes that came, never with a length that was announced. Bytes that are no frame
 * end in {@code exceptionCaught} with a {@link FrameFormatException} as cause. When it is taken out of the pipeline, what it holds goes to
 * the next handler.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  private final int maxBodyBytes;
  private boolean paused;

  FrameDecoder(int maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Hands on nothing more until it is taken out of the pipeline. */
  void pause() {
    paused = true;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (paused || !in.isReadable()) {
      return;
    }
    ByteBuffer view = in.nioBuffer();
    FrameHeader.checkMagic(view, view.position());
    if (in.readableBytes() < FrameHeader.LENGTH) {
      return;
    }
    int length = FrameHeader.frameLength(view, view.position(), maxBodyBytes);
    if (in.readableBytes() >= length) {
      out.add(FrameCodec.decode(view, maxBodyBytes));
      in.skipBytes(length);
    }
  }
}

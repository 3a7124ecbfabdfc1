package io.vbucket.rebalance.testkit.bench;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Status;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;

/**
 * The two ends between which relays are measured: a source that writes mutations of one stream as fast as they are taken, and a sink that reads
 * and counts them. Both listen on the loopback address; the relay connects to them.
 */
final class RelayEnds implements AutoCloseable {
  static final int VBUCKET = 613;
  private static final int STREAM_OPAQUE = 0x0b000000;
  private static final int BATCH_BYTES = 1024 * 1024;
  private static final int SINK_READ_BYTES = 256 * 1024;

  private final ServerSocketChannel sourceServer = listening();
  private final ServerSocketChannel sinkServer = listening();

  RelayEnds() throws IOException {}

  private static ServerSocketChannel listening() throws IOException {
    return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
  }

  InetSocketAddress source() throws IOException {
    return (InetSocketAddress) sourceServer.getLocalAddress();
  }

  InetSocketAddress sink() throws IOException {
    return (InetSocketAddress) sinkServer.getLocalAddress();
  }

  @Override
  public void close() throws IOException {
    sourceServer.close();
    sinkServer.close();
  }

  /**
   * Sends frames through the relay that has connected or is connecting.
   *
   * @param asLink whether both ends open the stream first, as nodes do
   * @param tls null for none
   * @return nanoseconds from the first to the last byte that the sink read
   */
  long send(int valueBytes, long totalBytes, boolean asLink, SSLContext tls) throws IOException {
    ByteBuffer batch = mutations(valueBytes);
    long batches = Math.max(1, totalBytes / batch.capacity());
    try (End source = End.accept(sourceServer, tls); End sink = End.accept(sinkServer, tls)) {
      if (asLink) {
        openStream(source, sink);
      }
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(() -> write(source, batch, batches), RelayEnds::start);
      long nanos = count(sink, batches * batch.capacity());
      sending.join();
      return nanos;
    }
  }

  /** The stream's frames as the consumer and the producer would exchange them. */
  private static void openStream(End source, End sink) throws IOException {
    Dcp.AddStream add = Dcp.AddStream.of(read(sink));
    write(sink, new Dcp.StreamReq(add.vbucket(), STREAM_OPAQUE, 0, 0, Dcp.StreamReq.FOREVER, 0, 0, 0).toFrame());
    write(source, Frame.response(read(source), Status.SUCCESS));
    read(sink);
  }

  private static ByteBuffer mutations(int valueBytes) {
    byte[] key = "document-000000".getBytes(StandardCharsets.UTF_8);
    Frame one = new DcpItem.Mutation(
        VBUCKET, STREAM_OPAQUE, 1, 1, 0, 0, 0, 0, 1, 0, key, new byte[valueBytes]).toFrame();
    ByteBuffer batch = ByteBuffer.allocateDirect(Math.max(1, BATCH_BYTES / one.length()) * one.length());
    while (batch.hasRemaining()) {
      FrameCodec.encode(one, batch);
    }
    return batch;
  }

  private static void write(End to, ByteBuffer batch, long times) {
    try {
      for (long i = 0; i < times; i++) {
        to.write(batch.clear());
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private static long count(End from, long expected) throws IOException {
    ByteBuffer in = ByteBuffer.allocateDirect(SINK_READ_BYTES);
    long got = from.read(in);
    long began = System.nanoTime();
    while (got < expected) {
      in.clear();
      int read = from.read(in);
      if (read < 0) {
        throw new EOFException("the relay closed the sink's connection after " + got + " of " + expected + " bytes");
      }
      got += read;
    }
    return System.nanoTime() - began;
  }

  private static void write(End to, Frame frame) throws IOException {
    to.write(FrameCodec.encode(frame));
  }

  private static Frame read(End from) throws IOException {
    ByteBuffer head = readFully(from, ByteBuffer.allocate(FrameHeader.LENGTH));
    int length = FrameHeader.frameLength(head, 0, FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    ByteBuffer whole = ByteBuffer.allocate(length).put(head);
    return FrameCodec.decode(readFully(from, whole), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
  }

  private static ByteBuffer readFully(End from, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (from.read(into) < 0) {
        throw new EOFException("the relay closed the connection while the stream was opened");
      }
    }
    return into.flip();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "bench-source");
    thread.setDaemon(true);
    thread.start();
  }
}

package io.vbucket.rebalance.testkit.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** What a link is measured against: two sockets, and a thread for each direction that copies bytes with a 64 KiB buffer. */
final class PlainRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final SocketChannel source;
  private final SocketChannel sink;

  PlainRelay(InetSocketAddress sourceAddress, InetSocketAddress sinkAddress) throws IOException {
    source = connect(sourceAddress);
    sink = connect(sinkAddress);
    start(source, sink);
    start(sink, source);
  }

  private static SocketChannel connect(InetSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
    return channel;
  }

  private static void start(SocketChannel from, SocketChannel to) {
    Thread thread = new Thread(() -> copy(from, to), "plain-relay");
    thread.setDaemon(true);
    thread.start();
  }

  private static void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    try {
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
    } catch (IOException closed) {
      // The round is over: the ends close first.
      return;
    }
  }

  @Override
  public void close() {
    try {
      source.close();
      sink.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.vbucket.rebalance.testkit.bench;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One end of what is measured: a blocking socket, with or without TLS. */
interface End extends Closeable {
  /** Writes all that is left in {@code bytes}. */
  void write(ByteBuffer bytes) throws IOException;

  /** Reads something; -1 at the end. */
  int read(ByteBuffer into) throws IOException;

  /**
   * Waits for a relay to connect.
   *
   * @param tls null for none
   */
  static End accept(ServerSocketChannel server, SSLContext tls) throws IOException {
    SocketChannel channel = server.accept();
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    if (tls == null) {
      return new Open(channel);
    }
    Socket plain = channel.socket();
    SSLSocket secured =
        (SSLSocket) tls.getSocketFactory().createSocket(plain, null, plain.getPort(), true);
    secured.setUseClientMode(false);
    secured.startHandshake();
    return new Secured(secured, secured.getInputStream(), secured.getOutputStream(), new byte[64 * 1024]);
  }

  /** Without TLS. */
  record Open(SocketChannel channel) implements End {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      return channel.read(into);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** With TLS. After the stream is opened the source only writes and the sink only reads, so that one buffer is enough. */
  record Secured(SSLSocket socket, InputStream in, OutputStream out, byte[] buffer) implements End {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        int step = Math.min(buffer.length, bytes.remaining());
        bytes.get(buffer, 0, step);
        out.write(buffer, 0, step);
      }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      int read = in.read(buffer, 0, Math.min(buffer.length, into.remaining()));
      if (read > 0) {
        into.put(buffer, 0, read);
      }
      return read;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}

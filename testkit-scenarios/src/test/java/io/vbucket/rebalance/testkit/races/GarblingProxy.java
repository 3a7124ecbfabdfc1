package io.vbucket.rebalance.testkit.races;

import io.vbucket.rebalance.protocol.golden.HostileBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Stands between somebody and a node, and on demand puts hostile bytes in the place of everything that the node says. */
final class GarblingProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int nodePort;
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private volatile boolean garbling;

  GarblingProxy(int nodePort) throws IOException {
    this.nodePort = nodePort;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("garbling-proxy", this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void garble() {
    garbling = true;
  }

  /** From now on it says again what the node says, to those who connect anew. */
  void behave() {
    garbling = false;
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket node = new Socket(InetAddress.getLoopbackAddress(), nodePort);
        sockets.add(client);
        sockets.add(node);
        start("to-node", () -> pass(client, node, false));
        start("from-node", () -> pass(node, client, true));
      }
    } catch (IOException closed) {
      close();
    }
  }

  private void pass(Socket from, Socket to, boolean fromNode) {
    byte[] buffer = new byte[16 * 1024];
    Random random = new Random(from.getPort());
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        if (fromNode && garbling) {
          out.write(HostileBytes.next(random));
        } else {
          out.write(buffer, 0, length);
        }
      }
    } catch (IOException closed) {
      // One side is gone, and now the other is.
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException alreadyClosed) {
      // Nothing is left to close.
    }
  }
}

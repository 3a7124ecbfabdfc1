package io.vbucket.rebalance.testkit.client;

import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.orchestrator.net.SaslMechanism;
import io.vbucket.rebalance.orchestrator.net.SaslMechanisms;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** One authenticated connection to a node; many requests may be under way, told apart by their opaques. Thread-safe. */
final class KvConnection implements Closeable {
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
  private static final SaslMechanisms MECHANISMS = new SaslMechanisms(true);

  private final Socket socket = new Socket();
  private final OutputStream out;
  private final Map<Integer, CompletableFuture<Frame>> open = new ConcurrentHashMap<>();
  private final AtomicInteger opaques = new AtomicInteger();
  private volatile boolean closed;

  /**
   * @throws IOException when the node cannot be reached or does not let us in
   */
  KvConnection(String server, String user, String password, String bucket) throws IOException {
    int colon = server.lastIndexOf(':');
    try {
      socket.setTcpNoDelay(true);
      socket.connect(
          new InetSocketAddress(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1))),
          CONNECT_TIMEOUT_MILLIS);
      out = socket.getOutputStream();
      Thread reader = new Thread(this::read, "kv-client-" + server);
      reader.setDaemon(true);
      reader.start();
      authenticate(Credentials.of(user, password), server);
      expectSuccess(Session.selectBucket(0, bucket), server);
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  /** By PLAIN where the node offers it: test clients are many, and on loopback nobody listens. */
  private void authenticate(Credentials credentials, String server) throws IOException {
    String offered = expect(Status.SUCCESS, Session.saslListMechs(0), server).valueText();
    Set<String> usable = offered.contains("PLAIN") ? Set.of("PLAIN") : Set.of(offered.trim().split(" "));
    SaslMechanism mechanism = MECHANISMS.among(usable, credentials)
        .orElseThrow(() -> new IOException(server + " offers " + offered + ", expected SCRAM or PLAIN"));
    Frame first = Session.sasl(Opcode.SASL_AUTH, 0, mechanism.name(), mechanism.first());
    if (usable.contains("PLAIN")) {
      expectSuccess(first, server);
      return;
    }
    byte[] challenge = expect(Status.AUTH_CONTINUE, first, server).value();
    Frame last = Session.sasl(Opcode.SASL_STEP, 0, mechanism.name(), mechanism.next(challenge));
    mechanism.accept(expect(Status.SUCCESS, last, server).value());
  }

  private void expectSuccess(Frame request, String server) throws IOException {
    expect(Status.SUCCESS, request, server);
  }

  private Frame expect(int status, Frame request, String server) throws IOException {
    try {
      Frame answer = ask(request).get(CONNECT_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
      if (answer.status() != status) {
        throw new IOException(server + ": " + answer.describe());
      }
      return answer;
    } catch (ExecutionException | TimeoutException failed) {
      throw new IOException(server + ": no answer to " + Opcode.nameOf(request.opcode()), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Sends a request; its opaque is replaced. The future fails with an {@link IOException} when the connection is lost. */
  CompletableFuture<Frame> ask(Frame request) {
    int opaque = opaques.incrementAndGet();
    CompletableFuture<Frame> answer = new CompletableFuture<>();
    open.put(opaque, answer);
    byte[] bytes = FrameCodec.encode(request.withOpaque(opaque)).array();
    try {
      synchronized (out) {
        out.write(bytes);
      }
    } catch (IOException lost) {
      close();
    }
    if (closed) {
      open.remove(opaque);
      answer.completeExceptionally(new IOException("connection closed"));
    }
    return answer;
  }

  private void read() {
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16))) {
      byte[] header = new byte[FrameHeader.LENGTH];
      while (!closed) {
        in.readFully(header);
        int length = FrameHeader.frameLength(ByteBuffer.wrap(header), 0, FrameHeader.DEFAULT_MAX_BODY_LENGTH);
        byte[] whole = java.util.Arrays.copyOf(header, length);
        in.readFully(whole, FrameHeader.LENGTH, length - FrameHeader.LENGTH);
        Frame answer = FrameCodec.decode(ByteBuffer.wrap(whole), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
        CompletableFuture<Frame> asked = open.remove(answer.opaque());
        if (asked != null) {
          asked.complete(answer);
        }
      }
    } catch (IOException | RuntimeException lost) {
      close();
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      socket.close();
    } catch (IOException ignored) {
      // Closed is closed.
    }
    open.keySet().forEach(opaque -> {
      CompletableFuture<Frame> asked = open.remove(opaque);
      if (asked != null) {
        asked.completeExceptionally(new CompletionException(new IOException("connection closed")));
      }
    });
  }
}

package io.vbucket.rebalance.testkit.client;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.DcpItem;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads everything that a node's copy of a vBucket holds, active or replica, item by item over DCP. Blocking; for one thread.
 */
public final class CopyReader implements Closeable {
  private static final int LIMIT_MILLIS = 20_000;
  private static final AtomicLong COUNT = new AtomicLong();

  /** What a copy has under one key; equal when two copies have exactly the same. */
  public record Version(long seqno, long revision, long cas, int flags, boolean deleted, String value) {}

  private final String server;
  private final Socket socket = new Socket();
  private final OutputStream out;
  private final DataInputStream in;
  private int opaque;

  /**
   * @throws IOException when the node cannot be reached or does not let us in
   */
  public CopyReader(String server, String bucket, String user, String password) throws IOException {
    this.server = server;
    try {
      int colon = server.lastIndexOf(':');
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(LIMIT_MILLIS);
      socket.connect(
          new InetSocketAddress(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1))),
          LIMIT_MILLIS);
      out = new BufferedOutputStream(socket.getOutputStream());
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
      ask(Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", Session.plain(user, password)));
      ask(Session.selectBucket(0, bucket));
      ask(new Dcp.Open(0, "read-copies-" + COUNT.incrementAndGet(), Dcp.Open.PRODUCER, "").toFrame());
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  /** High seqnos of all copies that are active or replicas, by vBucket. */
  public Map<Integer, Long> seqnos() throws IOException {
    Map<Integer, Long> seqnos = new HashMap<>();
    for (Admin.VBucketSeqno copy : Admin.decodeSeqnos(ask(Admin.getAllVbSeqnos(null, 0)))) {
      seqnos.put(copy.vbucket(), copy.highSeqno());
    }
    return seqnos;
  }

  /**
   * All items up to {@code highSeqno}, deletions included, by key.
   *
   * @throws IOException when the node has no such copy, or the stream ends early
   */
  public Map<String, Version> read(int vbucket, long highSeqno) throws IOException {
    Map<String, Version> items = new TreeMap<>();
    if (highSeqno == 0) {
      return items;
    }
    ask(new Dcp.StreamReq(vbucket, 0, 0, 0, highSeqno, 0, 0, 0).toFrame());
    while (true) {
      Frame frame = receive();
      switch (frame.opcode()) {
        case Opcode.DCP_MUTATION -> {
          DcpItem.Mutation m = DcpItem.Mutation.of(frame);
          items.put(text(m.key()), new Version(m.seqno(), m.revision(), m.cas(), m.flags(), false, text(m.value())));
        }
        case Opcode.DCP_DELETION -> {
          DcpItem.Deletion d = DcpItem.Deletion.of(frame);
          items.put(text(d.key()), new Version(d.seqno(), d.revision(), d.cas(), 0, true, text(d.value())));
        }
        case Opcode.DCP_STREAM_END -> {
          return items;
        }
        default -> {
          // Markers say nothing about items.
        }
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private Frame ask(Frame request) throws IOException {
    int number = ++opaque;
    out.write(FrameCodec.encode(request.withOpaque(number)).array());
    out.flush();
    Frame answer = receive();
    if (answer.opaque() != number || answer.status() != Status.SUCCESS) {
      throw new IOException(server + ": " + request.describe() + " was answered " + answer.describe());
    }
    return answer;
  }

  private Frame receive() throws IOException {
    byte[] header = new byte[FrameHeader.LENGTH];
    in.readFully(header);
    int length = FrameHeader.frameLength(ByteBuffer.wrap(header), 0, FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    byte[] whole = Arrays.copyOf(header, length);
    in.readFully(whole, FrameHeader.LENGTH, length - FrameHeader.LENGTH);
    return FrameCodec.decode(ByteBuffer.wrap(whole), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

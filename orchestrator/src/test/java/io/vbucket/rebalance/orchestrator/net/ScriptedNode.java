package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A node that answers what sets a connection up, and for the rest does what the test says: a test takes each DCP connection from {@link
 * #nextDcp} and plays the node on it.
 */
public final class ScriptedNode implements AutoCloseable {
  public static final Credentials CREDENTIALS = Credentials.of("admin", "s3cret-word");
  public static final String BUCKET = "travel";
  /** The node knows PLAIN only. */
  public static final SessionSecurity PLAIN = SessionSecurity.of(new ClusterSecurity(Optional.empty(), true));

  private static final Set<Integer> USUAL_FEATURES = Set.of(Session.Feature.XATTR, Session.Feature.JSON);

  private final ServerSocket server;
  private final NodeAddress address;
  private final Thread accepting;
  private final Function<Frame, byte[]> script;
  private final BlockingQueue<Peer> dcp = new LinkedBlockingQueue<>();
  private final List<Peer> all = new CopyOnWriteArrayList<>();
  private final List<String> openedNames = new CopyOnWriteArrayList<>();

  public ScriptedNode(String name) {
    this(name, frame -> null);
  }

  /**
   * @param script answer to a request before DCP_OPEN is through, as bytes; empty for no answer, null for the usual one
   */
  public ScriptedNode(String name, Function<Frame, byte[]> script) {
    this(name, script, "127.0.0.1", 0);
  }

  private ScriptedNode(String name, Function<Frame, byte[]> script, String host, int port) {
    this.script = script;
    try {
      server = new ServerSocket(port, 50, InetAddress.getByName(host));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    address = new NodeAddress(name, host, server.getLocalPort());
    accepting = daemon(this::accept);
  }

  /** A node at an address that was free a moment ago. */
  public static ScriptedNode at(NodeAddress address) {
    return new ScriptedNode(address.name(), frame -> null, address.host(), address.port());
  }

  /** A node that says it is of this version, and grants these features to whoever asks for them. */
  public static ScriptedNode ofVersion(String name, String version, Set<Integer> features) {
    return new ScriptedNode(name, frame -> switch (frame.opcode()) {
      case Opcode.HELLO -> {
        Set<Integer> granted = new TreeSet<>(Session.decodeFeatures(frame));
        granted.retainAll(features);
        yield FrameCodec.encode(Frame.response(
            frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, Session.encodeFeatures(granted))).array();
      }
      case Opcode.VERSION -> FrameCodec.encode(Frame.response(
          frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, version.getBytes(StandardCharsets.UTF_8))).array();
      default -> null;
    });
  }

  public static ScriptedNode onIpv6(String name) {
    return new ScriptedNode(name, frame -> null, "::1", 0);
  }

  public NodeAddress address() {
    return address;
  }

  /** The next connection that was opened for DCP; those that were only opened and closed again are among them. */
  public Peer nextDcp() {
    try {
      Peer peer = dcp.poll(10, TimeUnit.SECONDS);
      if (peer == null) {
        throw new AssertionError("no DCP connection came to " + address);
      }
      return peer;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The names of all DCP connections, in the order in which they were opened. */
  public List<String> openedNames() {
    return openedNames;
  }

  private void accept() {
    while (true) {
      try {
        Peer peer = new Peer(server.accept());
        all.add(peer);
        daemon(peer::serve);
      } catch (IOException closed) {
        return;
      }
    }
  }

  /**
   * Once this returns, the node is away: a thread that waits in accept() keeps the port open beyond the end of {@link ServerSocket#close()},
   * until it wakes up, and then still takes a connection that came meanwhile. Its peers must not notice anything before that is over.
   */
  @Override
  public void close() {
    try {
      server.close();
      accepting.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    all.forEach(Peer::close);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "scripted-node");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** One connection. */
  public final class Peer {
    private static final Frame END = Frame.request(Opcode.QUIT, 0, 0);

    private final Socket socket;
    private final BlockingQueue<Frame> received = new LinkedBlockingQueue<>();
    private volatile Dcp.Open open;
    private volatile Set<Integer> features = Set.of();

    Peer(Socket socket) {
      this.socket = socket;
    }

    public Dcp.Open open() {
      return open;
    }

    /** What the connection was granted. */
    public Set<Integer> features() {
      return features;
    }

    public void send(Frame frame) {
      write(FrameCodec.encode(frame).array());
    }

    public void write(byte[] bytes) {
      try {
        synchronized (socket) {
          socket.getOutputStream().write(bytes);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The next frame that came after DCP_OPEN. */
    public Frame next() {
      Frame frame = poll();
      if (frame == END) {
        throw new AssertionError("the connection to " + address + " was closed");
      }
      return frame;
    }

    public void awaitClosed() {
      Frame frame;
      do {
        frame = poll();
      } while (frame != END);
    }

    private Frame poll() {
      try {
        Frame frame = received.poll(10, TimeUnit.SECONDS);
        if (frame == null) {
          throw new AssertionError("nothing came to " + address + " on " + open);
        }
        return frame;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void serve() {
      try {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (true) {
          Frame frame = read(in);
          if (open != null) {
            received.add(frame);
          } else {
            byte[] scripted = script.apply(frame);
            byte[] answer = scripted != null ? scripted : FrameCodec.encode(usual(frame)).array();
            if (frame.opcode() == Opcode.HELLO && scripted == null) {
              features = USUAL_FEATURES;
            } else if (frame.opcode() == Opcode.HELLO && answer.length > FrameHeader.LENGTH
                && answer[1] == Opcode.HELLO) {
              features = Session.decodeFeatures(FrameCodec.decode(ByteBuffer.wrap(answer), answer.length));
            }
            write(answer);
            if (open != null) {
              openedNames.add(open.name());
              dcp.add(this);
            }
          }
        }
      } catch (IOException | UncheckedIOException closed) {
        received.add(END);
        close();
      }
    }

    private Frame usual(Frame request) {
      return switch (request.opcode()) {
        case Opcode.HELLO -> Frame.response(
            request, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING,
            Session.encodeFeatures(USUAL_FEATURES));
        case Opcode.SASL_LIST_MECHS -> Frame.response(
            request, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING,
            "PLAIN".getBytes(StandardCharsets.UTF_8));
        case Opcode.SASL_AUTH -> Frame.response(
            request,
            Arrays.equals(request.value(), Session.plain(CREDENTIALS.user(), CREDENTIALS.password()))
                ? Status.SUCCESS
                : Status.AUTH_ERROR);
        case Opcode.SELECT_BUCKET ->
            Frame.response(request, request.keyText().equals(BUCKET) ? Status.SUCCESS : Status.KEY_ENOENT);
        case Opcode.DCP_OPEN -> {
          Dcp.Open asked = Dcp.Open.of(request);
          all.stream().filter(peer -> peer.open != null && peer.open.name().equals(asked.name())).forEach(Peer::close);
          open = asked;
          yield Frame.response(request, Status.SUCCESS);
        }
        default -> Frame.response(request, Status.UNKNOWN_COMMAND);
      };
    }

    private Frame read(DataInputStream in) throws IOException {
      byte[] header = in.readNBytes(FrameHeader.LENGTH);
      if (header.length < FrameHeader.LENGTH) {
        throw new IOException("closed");
      }
      int length =
          FrameHeader.frameLength(ByteBuffer.wrap(header), 0, FrameHeader.DEFAULT_MAX_BODY_LENGTH);
      byte[] whole = Arrays.copyOf(header, length);
      in.readFully(whole, header.length, length - header.length);
      return FrameCodec.decode(ByteBuffer.wrap(whole), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
    }
  }
}

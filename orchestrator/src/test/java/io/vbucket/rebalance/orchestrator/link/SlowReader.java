package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.ScriptedNode;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program for a small heap: 1 GiB of documents through a link's relay to a reader that takes 4 KiB at a time and looks at every byte. Prints
 * what came, and ends with status 0 when all came whole and nothing grew.
 */
public final class SlowReader {
  private static final long TOTAL_BYTES = 1L << 30;
  private static final int READ_BYTES = 4096;
  private static final int VALUE_BYTES = 50_000;

  private SlowReader() {}

  public static void main(String[] args) throws Exception {
    Frame frame = RelayRig.mutation(RelayRig.VB, RelayRig.STREAM, VALUE_BYTES);
    byte[] document = FrameCodec.encode(frame).array();
    for (int i = document.length - VALUE_BYTES; i < document.length; i++) {
      document[i] = (byte) (i * 31);
    }
    long documents = TOTAL_BYTES / document.length + 1;
    AtomicInteger pauses = new AtomicInteger();
    AtomicLong peakDirectBytes = new AtomicLong();
    LinkCounters counters = new LinkCounters();
    try (EventLoops loops = new EventLoops(1);
        ServerSocket sourceServer = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        ServerSocket sinkServer = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      // A slow reader with a small window: the kernel must not take the whole test into its buffers.
      sinkServer.setReceiveBufferSize(64 * 1024);
      join(loops, sourceServer, sinkServer, counters, pauses, peakDirectBytes);
      try (Socket source = sourceServer.accept(); Socket sink = sinkServer.accept()) {
        DataInputStream in = new DataInputStream(sink.getInputStream());
        openStream(source, sink, in);
        Thread writer = new Thread(() -> write(source, document, documents), "source");
        writer.setDaemon(true);
        writer.start();
        long got = compare(in, document, documents * document.length);
        System.out.println(
            "got " + got + " pauses " + pauses + " peakDirectBytes " + peakDirectBytes + " " + counters);
        boolean nothingDropped = counters.dropped(LinkCounters.Drop.SHUT_GATE).frames() == 0;
        boolean allCame = counters.forwarded().frames() >= documents;
        System.exit(nothingDropped && allCame && pauses.get() > 0 ? 0 : 1);
      }
    }
  }

  private static void join(
      EventLoops loops, ServerSocket sourceServer, ServerSocket sinkServer, LinkCounters counters, AtomicInteger pauses,
      AtomicLong peakDirectBytes) {
    NodeConnector connector = new NodeConnector(loops, new NodeConnector.Limits(
        Duration.ofSeconds(5), Duration.ofSeconds(5), 256 * 1024, 21 * 1024 * 1024, 1024 * 1024, 256 * 1024),
        ScriptedNode.PLAIN);
    EventLoop loop = connector.nextLoop();
    Channel source = connect(connector, loop, sourceServer.getLocalPort());
    Channel sink = connect(connector, loop, sinkServer.getLocalPort());
    LinkPort counting = new CountingPort(new ChannelPort(source), pauses);
    LinkRelay relay = new LinkRelay(
        new LinkRelay.Setup("src", "dst", 21 * 1024 * 1024, Opcode.DCP_RETRY_REQUEST), new ChannelPort(sink), counting,
        counters, (reason, gates) -> System.out.println("broke: " + reason));
    loop.execute(() -> {
      source.pipeline().addLast(new RelayHandler(Side.PRODUCER, relay));
      sink.pipeline().addLast(new RelayHandler(Side.CONSUMER, relay));
      relay.openStream(RelayRig.VB, 1, 0, false);
      source.config().setAutoRead(true);
      sink.config().setAutoRead(true);
    });
    loop.scheduleAtFixedRate(
        () -> peakDirectBytes.accumulateAndGet(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory(), Math::max),
        1, 1, java.util.concurrent.TimeUnit.MILLISECONDS);
  }

  private static Channel connect(NodeConnector connector, EventLoop loop, int port) {
    return connector.bootstrap(loop)
        .option(ChannelOption.AUTO_READ, false)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(new InetSocketAddress("127.0.0.1", port)).syncUninterruptibly().channel();
  }

  private static void openStream(Socket source, Socket sink, DataInputStream in) throws IOException {
    Dcp.AddStream add = Dcp.AddStream.of(read(in));
    sink.getOutputStream().write(FrameCodec.encode(RelayRig.streamReq(add.vbucket(), RelayRig.STREAM)).array());
    Frame request = read(new DataInputStream(source.getInputStream()));
    source.getOutputStream().write(FrameCodec.encode(Frame.response(request, Status.SUCCESS)).array());
    read(in);
  }

  private static Frame read(DataInputStream in) throws IOException {
    byte[] header = new byte[FrameHeader.LENGTH];
    in.readFully(header);
    byte[] whole = Arrays.copyOf(header, FrameHeader.frameLength(ByteBuffer.wrap(header), 0, 1000));
    in.readFully(whole, header.length, whole.length - header.length);
    return FrameCodec.decode(ByteBuffer.wrap(whole), 1000);
  }

  private static void write(Socket source, byte[] document, long times) {
    try {
      OutputStream out = source.getOutputStream();
      for (long i = 0; i < times; i++) {
        out.write(document);
      }
    } catch (IOException e) {
      System.out.println("source: " + e);
    }
  }

  private static long compare(DataInputStream in, byte[] document, long expected) throws IOException {
    byte[] some = new byte[READ_BYTES];
    long got = 0;
    while (got < expected) {
      int read = in.read(some);
      if (read < 0) {
        return got;
      }
      int at = (int) (got % document.length);
      for (int i = 0; i < read; i++) {
        if (some[i] != document[at]) {
          throw new IOException("byte " + (got + i) + " differs");
        }
        at = at + 1 == document.length ? 0 : at + 1;
      }
      got += read;
    }
    return got;
  }

  private record CountingPort(LinkPort port, AtomicInteger pauses) implements LinkPort {
    @Override
    public void write(io.netty.buffer.ByteBuf bytes) {
      port.write(bytes);
    }

    @Override
    public void flush() {
      port.flush();
    }

    @Override
    public boolean isWritable() {
      return port.isWritable();
    }

    @Override
    public void setReading(boolean on) {
      if (!on) {
        pauses.incrementAndGet();
      }
      port.setReading(on);
    }

    @Override
    public void close() {
      port.close();
    }
  }
}

package io.vbucket.rebalance.testkit.stage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.EventLoop;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.client.KeyValue;
import io.vbucket.rebalance.testkit.client.KvClient;
import io.vbucket.rebalance.testkit.node.PeerConnection;
import io.vbucket.rebalance.testkit.node.PeerSession;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** A client as {@link KvClient}, on a loop of a simulation; it and its nodes hand each other frames instead of bytes. */
final class SimulatedClient implements KeyValue {
  private static final long ANSWER_LIMIT_MILLIS = 1_000;
  private static final long LONGEST_PAUSE_MILLIS = 16;
  private static final String USER = NodeStage.USER;

  private final EventLoop loop;
  private final Map<String, SimulatedNode> servers;
  private final Duration limit;
  private final Map<String, Line> lines = new HashMap<>();
  private BucketConfig config;

  /**
   * @param servers nodes by the address that the map names
   * @param limit after which an operation fails
   */
  SimulatedClient(EventLoop loop, Map<String, SimulatedNode> servers, BucketConfig config, Duration limit) {
    this.loop = loop;
    this.servers = Map.copyOf(servers);
    this.config = config;
    this.limit = limit;
  }

  @Override
  public CompletableFuture<Frame> get(byte[] key) {
    int vbucket = vbucketOf(key);
    return operate(vbucket, opaque -> Kv.get(vbucket, opaque, key));
  }

  @Override
  public CompletableFuture<Frame> set(byte[] key, byte[] value) {
    int vbucket = vbucketOf(key);
    return operate(vbucket, opaque -> new Kv.Store(Opcode.SET, vbucket, opaque, 0, 0, 0, key, value).toFrame());
  }

  @Override
  public CompletableFuture<Frame> delete(byte[] key) {
    int vbucket = vbucketOf(key);
    return operate(vbucket, opaque -> Kv.delete(vbucket, opaque, key, 0));
  }

  /** One GET of a key that nobody writes, sent to a node whatever the map says. */
  void readAt(String server, int vbucket) {
    Operation operation = new Operation(vbucket, opaque -> Kv.get(vbucket, opaque, new byte[] {'?'}));
    loop.execute(() -> operation.beginAt(server));
  }

  private int vbucketOf(byte[] key) {
    return KvClient.vbucketOf(key, config.numVBuckets());
  }

  private CompletableFuture<Frame> operate(int vbucket, IntFunction<Frame> request) {
    Operation operation = new Operation(vbucket, request);
    loop.schedule(operation::expire, limit.toMillis(), TimeUnit.MILLISECONDS);
    loop.execute(operation::begin);
    return operation.result;
  }

  private Line line(String server) {
    return lines.compute(server, (any, known) -> known == null || known.gone ? new Line(servers.get(server)) : known);
  }

  private void adopt(byte[] json) {
    if (json.length > 0) {
      BucketConfig found = BucketConfig.parse(new String(json, UTF_8));
      if (found.compareTo(config) > 0) {
        config = found;
      }
    }
  }

  /** One operation until its owner answers it. */
  private final class Operation {
    private final int vbucket;
    private final IntFunction<Frame> request;
    private final CompletableFuture<Frame> result = new CompletableFuture<>();
    private long pauseMillis = 1;
    private int turn;

    Operation(int vbucket, IntFunction<Frame> request) {
      this.vbucket = vbucket;
      this.request = request;
    }

    void begin() {
      String owner = config.owner(vbucket);
      if (result.isDone()) {
        return;
      }
      if (owner == null) {
        again();
        return;
      }
      int mine = beginAt(owner);
      loop.schedule(() -> failed(mine), ANSWER_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
    }

    int beginAt(String server) {
      int mine = ++turn;
      line(server).ask(this, mine);
      return mine;
    }

    void answered(int mine, Frame answer) {
      if (mine != turn || result.isDone()) {
        return;
      }
      if (answer.status() == Status.NOT_MY_VBUCKET) {
        adopt(answer.value());
        again();
      } else if (Status.isTemporary(answer.status())) {
        again();
      } else {
        result.complete(answer);
      }
    }

    void failed(int mine) {
      if (mine == turn) {
        again();
      }
    }

    private void again() {
      turn++;
      loop.schedule(this::begin, pauseMillis, TimeUnit.MILLISECONDS);
      pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
    }

    void expire() {
      result.completeExceptionally(new TimeoutException("vb:" + vbucket + " was not served for " + limit));
    }
  }

  /** A connection to one node: frames go from loop to loop, in order. */
  private final class Line implements PeerConnection {
    private record Asked(Operation operation, int turn) {}

    private final SimulatedNode node;
    private final Map<Integer, Asked> open = new HashMap<>();
    private PeerSession session;
    private int opaques;
    private boolean gone;

    Line(SimulatedNode node) {
      this.node = node;
      node.loop().execute(() -> {
        if (node.isUp()) {
          session = node.data().open(this);
          session.received(
              Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", Session.plain(USER, NodeStage.PASSWORD)));
          session.received(Session.selectBucket(0, NodeStage.BUCKET));
        } else {
          close();
        }
      });
    }

    void ask(Operation operation, int turn) {
      int opaque = ++opaques;
      open.put(opaque, new Asked(operation, turn));
      Frame frame = operation.request.apply(opaque);
      node.loop().execute(() -> {
        if (session != null) {
          session.received(frame);
        }
      });
    }

    @Override
    public void send(Frame frame) {
      loop.execute(() -> {
        Asked asked = open.remove(frame.opaque());
        if (asked != null) {
          asked.operation().answered(asked.turn(), frame);
        }
      });
    }

    @Override
    public void close() {
      session = null;
      loop.execute(() -> {
        gone = true;
        open.values().forEach(asked -> asked.operation().failed(asked.turn()));
        open.clear();
      });
    }

    @Override
    public boolean isWritable() {
      return true;
    }
  }
}

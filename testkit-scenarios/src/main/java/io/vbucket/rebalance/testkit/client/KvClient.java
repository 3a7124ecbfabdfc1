package io.vbucket.rebalance.testkit.client;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.zip.CRC32;

/**
 * Key-value operations on a bucket, wherever its vBuckets are at the moment. Thread-safe; operations are asynchronous and are repeated until
 * they are answered by the owner or their time is over.
 */
public final class KvClient implements KeyValue, Closeable {
  private static final int LONGEST_PAUSE_MILLIS = 16;

  private final String user;
  private final String password;
  private final String bucket;
  private final Duration limit;
  private final Map<String, KvConnection> connections = new ConcurrentHashMap<>();
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "kv-client-retry");
        thread.setDaemon(true);
        return thread;
      });
  private final Object connecting = new Object();
  private final AtomicLong redirects = new AtomicLong();
  private volatile BucketConfig config;
  private byte[] lastSeen = {};

  /**
   * @param servers {@code host:port} of nodes to ask for the map
   * @param limit time after which an operation fails
   * @throws IOException when none of them gives a map
   */
  public KvClient(List<String> servers, String bucket, String user, String password, Duration limit)
      throws IOException {
    this.user = user;
    this.password = password;
    this.bucket = bucket;
    this.limit = limit;
    IOException last = new IOException("no servers given");
    for (String server : servers) {
      try {
        Frame answer = connection(server).ask(Admin.getClusterConfig(0)).get(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (answer.status() == Status.SUCCESS && answer.value().length > 0) {
          adopt(answer.value());
        }
      } catch (IOException failed) {
        last = failed;
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", interrupted);
      } catch (java.util.concurrent.ExecutionException | TimeoutException failed) {
        last = new IOException(failed);
      }
    }
    if (config == null) {
      close();
      throw new IOException("no map of bucket " + bucket + " from " + servers, last);
    }
  }

  /** The vBucket of a key: 15 bits of its CRC-32, as all clients compute it. */
  public static int vbucketOf(byte[] key, int numVBuckets) {
    CRC32 crc = new CRC32();
    crc.update(key);
    return (int) ((crc.getValue() >> 16) & 0x7fff) % numVBuckets;
  }

  public BucketConfig config() {
    return config;
  }

  /** How often an operation was sent to a node that did not own its vBucket any more. */
  public long redirects() {
    return redirects.get();
  }

  @Override
  public CompletableFuture<Frame> get(byte[] key) {
    int vbucket = vbucketOf(key, config.numVBuckets());
    return operate(vbucket, opaque -> Kv.get(vbucket, opaque, key));
  }

  @Override
  public CompletableFuture<Frame> set(byte[] key, byte[] value) {
    int vbucket = vbucketOf(key, config.numVBuckets());
    return operate(vbucket, opaque -> new Kv.Store(Opcode.SET, vbucket, opaque, 0, 0, 0, key, value).toFrame());
  }

  @Override
  public CompletableFuture<Frame> delete(byte[] key) {
    int vbucket = vbucketOf(key, config.numVBuckets());
    return operate(vbucket, opaque -> Kv.delete(vbucket, opaque, key, 0));
  }

  /** A GET of a key that nobody writes, just to see whether the vBucket is served. */
  public CompletableFuture<Frame> probe(int vbucket) {
    byte[] key = {0, 'p', 'r', 'o', 'b', 'e'};
    return operate(vbucket, opaque -> Kv.get(vbucket, opaque, key));
  }

  /** A GET of a key that nobody writes, sent once to a node whatever the map says; the future may never end when the node parks it. */
  public CompletableFuture<Frame> readAt(String server, int vbucket) {
    try {
      return connection(server).ask(Kv.get(vbucket, 0, new byte[] {'?'}));
    } catch (IOException unreachable) {
      return CompletableFuture.failedFuture(unreachable);
    }
  }

  private CompletableFuture<Frame> operate(int vbucket, IntFunction<Frame> request) {
    CompletableFuture<Frame> result = new CompletableFuture<>();
    attempt(vbucket, request, result, System.nanoTime() + limit.toNanos(), 1);
    return result;
  }

  private void attempt(
      int vbucket, IntFunction<Frame> request, CompletableFuture<Frame> result, long deadline, int pauseMillis) {
    if (System.nanoTime() > deadline) {
      result.completeExceptionally(new TimeoutException("vb:" + vbucket + " was not served for " + limit));
      return;
    }
    String owner = config.owner(vbucket);
    KvConnection connection;
    try {
      connection = owner == null ? null : connection(owner);
    } catch (IOException unreachable) {
      connection = null;
    }
    if (connection == null) {
      again(vbucket, request, result, deadline, pauseMillis);
      return;
    }
    // A node that parks the operation answers when it turns active, or never: then another owner may be in the map by now.
    connection
        .ask(request.apply(0))
        .orTimeout(Math.min(1_000, Math.max(1, (deadline - System.nanoTime()) / 1_000_000)), TimeUnit.MILLISECONDS)
        .whenComplete((answer, failure) -> {
          if (failure != null || Status.isTemporary(answer.status())) {
            again(vbucket, request, result, deadline, pauseMillis);
          } else if (answer.status() == Status.NOT_MY_VBUCKET) {
            redirects.incrementAndGet();
            if (adopt(answer.value()) && !owner.equals(config.owner(vbucket))) {
              attempt(vbucket, request, result, deadline, pauseMillis);
            } else {
              again(vbucket, request, result, deadline, pauseMillis);
            }
          } else {
            result.complete(answer);
          }
        });
  }

  /** Asks again after a pause that doubles each time, as clients do, so that they do not keep the nodes from their work. */
  private void again(
      int vbucket, IntFunction<Frame> request, CompletableFuture<Frame> result, long deadline, int pauseMillis) {
    int longer = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
    try {
      scheduler.schedule(
          () -> attempt(vbucket, request, result, deadline, longer), pauseMillis, TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.RejectedExecutionException closing) {
      result.completeExceptionally(new IOException("the client was closed", closing));
    }
  }

  /** Takes a configuration over when it is newer. The same one comes with every refusal: it is parsed once. */
  private synchronized boolean adopt(byte[] json) {
    if (json.length == 0 || java.util.Arrays.equals(json, lastSeen)) {
      return false;
    }
    lastSeen = json;
    BucketConfig found = BucketConfig.parse(new String(json, java.nio.charset.StandardCharsets.UTF_8));
    if (config == null || found.compareTo(config) > 0) {
      config = found;
      return true;
    }
    return false;
  }

  private KvConnection connection(String server) throws IOException {
    KvConnection known = connections.get(server);
    if (known != null && !known.isClosed()) {
      return known;
    }
    synchronized (connecting) {
      known = connections.get(server);
      if (known == null || known.isClosed()) {
        known = new KvConnection(server, user, password, bucket);
        connections.put(server, known);
      }
      return known;
    }
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
    connections.values().forEach(KvConnection::close);
  }
}

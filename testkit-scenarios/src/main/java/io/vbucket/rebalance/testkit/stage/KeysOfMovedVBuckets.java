package io.vbucket.rebalance.testkit.stage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.client.KeyValue;
import io.vbucket.rebalance.testkit.client.KvClient;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Documents in a bucket of others: every key gets a prefix of this run, so that nobody else's document is touched, and an ending with which
 * it falls into one of the vBuckets that move, so that what a move loses is missed.
 */
final class KeysOfMovedVBuckets implements KeyValue {
  private final KeyValue bucket;
  private final String prefix;
  private final List<Integer> vbuckets;
  private final int numVBuckets;
  private final Map<ByteBuffer, byte[]> keys = new ConcurrentHashMap<>();

  /**
   * @param vbuckets at least one
   */
  KeysOfMovedVBuckets(KeyValue bucket, String prefix, List<Integer> vbuckets, int numVBuckets) {
    this.bucket = bucket;
    this.prefix = prefix;
    this.vbuckets = List.copyOf(vbuckets);
    this.numVBuckets = numVBuckets;
  }

  private byte[] there(byte[] key) {
    return keys.computeIfAbsent(
        ByteBuffer.wrap(key.clone()),
        any -> in(vbuckets.get(keys.size() % vbuckets.size()), new String(key, US_ASCII)));
  }

  private byte[] in(int vbucket, String key) {
    byte[] found;
    int ending = 0;
    do {
      found = (prefix + key + "-" + ending++).getBytes(US_ASCII);
    } while (KvClient.vbucketOf(found, numVBuckets) != vbucket);
    return found;
  }

  /** Writes another document to a vBucket, which need not be one that moves. */
  CompletableFuture<Frame> setIn(int vbucket, String key) {
    byte[] found = keys.computeIfAbsent(ByteBuffer.wrap((vbucket + "/" + key).getBytes(US_ASCII)),
        any -> in(vbucket, key));
    return bucket.set(found, found);
  }

  /** Deletes every document that was written, or read, through this; how many may be there still, when that is done. */
  CompletableFuture<Integer> deleteAll() {
    AtomicInteger left = new AtomicInteger();
    return CompletableFuture.allOf(keys.values().stream()
        .map(key -> bucket.delete(key).handle((answer, failure) -> {
          boolean gone =
              failure == null && (answer.status() == Status.SUCCESS || answer.status() == Status.KEY_ENOENT);
          return gone ? 0 : left.incrementAndGet();
        }))
        .toArray(CompletableFuture[]::new)).thenApply(all -> left.get());
  }

  @Override
  public CompletableFuture<Frame> get(byte[] key) {
    return bucket.get(there(key));
  }

  @Override
  public CompletableFuture<Frame> set(byte[] key, byte[] value) {
    return bucket.set(there(key), value);
  }

  @Override
  public CompletableFuture<Frame> delete(byte[] key) {
    return bucket.delete(there(key));
  }
}

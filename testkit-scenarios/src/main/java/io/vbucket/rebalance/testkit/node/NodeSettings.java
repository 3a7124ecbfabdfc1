package io.vbucket.rebalance.testkit.node;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What an embedded node is. Start from {@link #named} and change with the {@code with...} methods.
 *
 * @param name as {@code consumer_name} and in messages
 * @param version whose behaviour it shows
 * @param buckets number of vBuckets by bucket name, 1..65535
 * @param user the only user, an administrator
 * @param password its password
 * @param windowBytes flow-control window that its consumers ask for, at least 1
 * @param noopInterval interval that its consumers ask for; zero: they ask for no noops
 * @param idleLimit a DCP connection on which nothing came for twice the noop interval, and at least for this long, is closed
 * @param persistenceDelay time until a change counts as persisted
 * @param persistenceWait limit after which SEQNO_PERSISTENCE is answered ETMPFAIL
 * @param maxValueBytes longest value; longer ones are answered E2BIG
 * @param maxItemsPerVBucket above it, new keys are answered ETMPFAIL
 * @param memoryItems a stream that starts further behind than this begins with a disk snapshot
 * @param retryRequestOpcode opcode of the frame by which a consumer asks for a retry
 * @param seed of the vbuuids
 * @param mechanisms by which clients may authenticate, as they are offered: {@code SCRAM-SHA512}, {@code SCRAM-SHA256},
 *     {@code SCRAM-SHA1}, {@code PLAIN}
 */
public record NodeSettings(
    String name,
    NodeVersion version,
    Map<String, Integer> buckets,
    String user,
    String password,
    int windowBytes,
    Duration noopInterval,
    Duration idleLimit,
    Duration persistenceDelay,
    Duration persistenceWait,
    int maxValueBytes,
    int maxItemsPerVBucket,
    int memoryItems,
    int retryRequestOpcode,
    long seed,
    List<String> mechanisms) {
  /** What real nodes offer. */
  public static final List<String> ALL_MECHANISMS = List.of("SCRAM-SHA512", "SCRAM-SHA256", "SCRAM-SHA1", "PLAIN");

  public NodeSettings {
    buckets = Map.copyOf(buckets);
    mechanisms = List.copyOf(mechanisms);
    if (mechanisms.isEmpty() || !ALL_MECHANISMS.containsAll(mechanisms)) {
      throw new IllegalArgumentException(
          "node " + name + ": mechanisms " + mechanisms + ", expected some of " + ALL_MECHANISMS);
    }
    buckets.forEach((bucket, vbuckets) -> {
      if (vbuckets < 1 || vbuckets > 65535) {
        throw new IllegalArgumentException(
            "node " + name + ", bucket " + bucket + ": " + vbuckets + " vBuckets, expected 1 to 65535");
      }
    });
    if (windowBytes < 1) {
      throw new IllegalArgumentException("node " + name + ": window of " + windowBytes + " bytes, expected at least 1");
    }
  }

  public static NodeSettings named(String name, NodeVersion version) {
    return new NodeSettings(
        name,
        version,
        Map.of("default", 1024),
        "Administrator",
        "password",
        10 * 1024 * 1024,
        version.acceptsFractionalNoopInterval() ? Duration.ofMillis(100) : Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ZERO,
        Duration.ofSeconds(5),
        20 * 1024 * 1024,
        1_000_000,
        1_000,
        0x6f,
        1,
        ALL_MECHANISMS);
  }

  public NodeSettings withBuckets(Map<String, Integer> newBuckets) {
    return new NodeSettings(name, version, newBuckets, user, password, windowBytes, noopInterval, idleLimit,
        persistenceDelay,
        persistenceWait, maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, seed, mechanisms);
  }

  public NodeSettings withUser(String newUser, String newPassword) {
    return new NodeSettings(name, version, buckets, newUser, newPassword, windowBytes, noopInterval, idleLimit,
        persistenceDelay, persistenceWait, maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, seed,
        mechanisms);
  }

  public NodeSettings withWindowBytes(int newWindowBytes) {
    return new NodeSettings(name, version, buckets, user, password, newWindowBytes, noopInterval, idleLimit,
        persistenceDelay,
        persistenceWait, maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, seed, mechanisms);
  }

  public NodeSettings withNoop(Duration newInterval, Duration newIdleLimit) {
    return new NodeSettings(name, version, buckets, user, password, windowBytes, newInterval, newIdleLimit,
        persistenceDelay,
        persistenceWait, maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, seed, mechanisms);
  }

  public NodeSettings withPersistence(Duration newDelay, Duration newWait) {
    return new NodeSettings(name, version, buckets, user, password, windowBytes, noopInterval, idleLimit, newDelay,
        newWait,
        maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, seed, mechanisms);
  }

  public NodeSettings withLimits(int newMaxValueBytes, int newMaxItemsPerVBucket) {
    return new NodeSettings(name, version, buckets, user, password, windowBytes, noopInterval, idleLimit,
        persistenceDelay,
        persistenceWait, newMaxValueBytes, newMaxItemsPerVBucket, memoryItems, retryRequestOpcode, seed, mechanisms);
  }

  public NodeSettings withMemoryItems(int newMemoryItems) {
    return new NodeSettings(name, version, buckets, user, password, windowBytes, noopInterval, idleLimit,
        persistenceDelay,
        persistenceWait, maxValueBytes, maxItemsPerVBucket, newMemoryItems, retryRequestOpcode, seed, mechanisms);
  }

  public NodeSettings withSeed(long newSeed) {
    return new NodeSettings(name, version, buckets, user, password, windowBytes, noopInterval, idleLimit,
        persistenceDelay,
        persistenceWait, maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, newSeed, mechanisms);
  }

  public NodeSettings withMechanisms(List<String> newMechanisms) {
    return new NodeSettings(name, version, buckets, user, password, windowBytes, noopInterval, idleLimit,
        persistenceDelay, persistenceWait, maxValueBytes, maxItemsPerVBucket, memoryItems, retryRequestOpcode, seed,
        newMechanisms);
  }

  @Override
  public String toString() {
    return "node " + name + " like " + version.text() + " with " + buckets;
  }
}

package io.vbucket.rebalance.testkit.client;

import io.vbucket.rebalance.protocol.Frame;
import java.util.concurrent.CompletableFuture;

/**
 * What an application asks of a bucket. Every operation is repeated until the owner of its vBucket answers, and fails when that takes too
 * long.
 */
public interface KeyValue {
  CompletableFuture<Frame> get(byte[] key);

  CompletableFuture<Frame> set(byte[] key, byte[] value);

  CompletableFuture<Frame> delete(byte[] key);
}

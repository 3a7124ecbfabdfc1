package io.vbucket.rebalance.testkit.workload;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the clients were told, per key: the version last acknowledged, and the version last sent. Versions of a key grow by one with each
 * operation; even ones write, odd ones delete. Each key has one writer, so an operation that failed leaves just two possible truths.
 */
public final class Ledger {
  private final AtomicLongArray acknowledged;
  private final AtomicLongArray sent;
  private final int valueBytes;

  public Ledger(int keys, int valueBytes) {
    this.acknowledged = new AtomicLongArray(keys);
    this.sent = new AtomicLongArray(keys);
    this.valueBytes = valueBytes;
  }

  public int keys() {
    return acknowledged.length();
  }

  public static byte[] key(int number) {
    return ("doc-" + number).getBytes(US_ASCII);
  }

  static boolean isDelete(long version) {
    return (version & 1) == 1;
  }

  /** A value that tells its version, filled up to the size of documents. */
  byte[] value(long version) {
    byte[] head = (version + ";").getBytes(US_ASCII);
    byte[] value = new byte[Math.max(valueBytes, head.length)];
    java.util.Arrays.fill(value, (byte) 'x');
    System.arraycopy(head, 0, value, 0, head.length);
    return value;
  }

  /** The next version of a key for a write, or for a delete. */
  long next(int key, boolean delete) {
    long version = sent.get(key) + 1;
    if (isDelete(version) != delete) {
      version++;
    }
    sent.set(key, version);
    return version;
  }

  void acknowledge(int key, long version) {
    acknowledged.set(key, version);
  }

  long acknowledged(int key) {
    return acknowledged.get(key);
  }

  /** Whether an answer to a GET is one that no acknowledged operation contradicts; {@code since} was acknowledged before the GET was sent. */
  boolean isTrue(int key, long since, Frame answer) {
    long latest = sent.get(key);
    if (answer.status() == Status.KEY_ENOENT) {
      // Some delete, or the time before the first write, lies among the versions that may be the present one.
      for (long version = since; version <= latest; version++) {
        if (isDelete(version) || version == 0) {
          return true;
        }
      }
      return false;
    }
    if (answer.status() != Status.SUCCESS) {
      return false;
    }
    long version = version(answer.value());
    return version >= since && version <= latest && !isDelete(version) && answer.value().length >= valueBytes;
  }

  private static long version(byte[] value) {
    long version = 0;
    for (byte b : value) {
      if (b == ';') {
        return version;
      }
      if (b < '0' || b > '9') {
        return -1;
      }
      version = version * 10 + b - '0';
    }
    return -1;
  }
}

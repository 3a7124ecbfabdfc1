package io.vbucket.rebalance.config.logging;

import java.util.Map;

/** The MDC keys that say which move a log line is about; the same names stand in every logback pattern. */
public final class MoveKeys {
  public static final String BUCKET = "bucket";
  public static final String VBUCKET = "vBucket";
  public static final String SOURCE = "source";
  public static final String DESTINATION = "destination";
  public static final String ATTEMPT = "attempt";

  private MoveKeys() {}

  /** The keys of a move, for a logging behaviour's static MDC. The attempt changes, so it is not among them. */
  public static Map<String, String> of(String bucket, int vbucket, String source, String destination) {
    return Map.of(BUCKET, bucket, VBUCKET, Integer.toString(vbucket), SOURCE, source, DESTINATION, destination);
  }
}

package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.protocol.Dcp;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Names of DCP connections: {@code replication:rebalance-RUN-INCARNATION:SOURCE->DESTINATION:BUCKET}, and {@code /NUMBER} from the second
 * connection of a pair on. Nodes give the prefix {@code replication:} a meaning. Unique per link and incarnation: opening a name that is in
 * use closes the connection that has it (T31).
 */
final class ConnectionNames {
  private static final int NODE_KEPT = 35;
  private static final int BUCKET_KEPT = 60;

  private ConnectionNames() {}

  /**
   * @param number of the connection among those of its pair, from 0
   */
  static String of(String runId, long incarnation, int number, String source, String destination, String bucket) {
    String prefix = "replication:rebalance-" + runId + "-" + incarnation + ":";
    String suffix = number == 0 ? "" : "/" + number;
    String whole = prefix + source + "->" + destination + ":" + bucket + suffix;
    if (length(whole) <= Dcp.Open.MAX_NAME_LENGTH) {
      return whole;
    }
    // What all node names begin with tells nothing; their ends do. The digest of the whole name keeps the short one unique.
    int common = commonPrefix(source, destination);
    return fitting(
        prefix + shortened(source, common) + "->" + shortened(destination, common) + ":" + cut(bucket, BUCKET_KEPT)
            + suffix,
        ":" + digest(whole));
  }

  private static int commonPrefix(String one, String other) {
    int common = 0;
    while (common < Math.min(one.length(), other.length()) && one.charAt(common) == other.charAt(common)) {
      common++;
    }
    return common;
  }

  private static String shortened(String name, int common) {
    int dropped = Math.min(common, Math.max(0, name.length() - NODE_KEPT));
    return cut(name.substring(dropped), NODE_KEPT);
  }

  private static String cut(String text, int kept) {
    return text.substring(0, Math.min(text.length(), kept));
  }

  /** As much of the name as fits before its digest. */
  private static String fitting(String name, String digest) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int kept = Math.min(bytes.length, Dcp.Open.MAX_NAME_LENGTH - digest.length());
    // Never in the middle of a character.
    while (kept < bytes.length && (bytes[kept] & 0xc0) == 0x80) {
      kept--;
    }
    return new String(bytes, 0, kept, StandardCharsets.UTF_8) + digest;
  }

  private static int length(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Not for secrecy: nodes and other tools shorten their names by the same digest. */
  private static String digest(String name) {
    try {
      byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(name.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(sha1);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}

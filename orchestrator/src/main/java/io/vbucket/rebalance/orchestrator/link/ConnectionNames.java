package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.protocol.Dcp;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Names of DCP connections. Nodes give the prefix {@code replication:} a meaning. Unique per link and incarnation: opening a name that is in
 * use closes the connection that has it (T31).
 */
final class ConnectionNames {
  private ConnectionNames() {}

  static String of(String runId, long incarnation, String source, String destination, String bucket) {
    return fitting(
        "replication:rebalance-" + runId + "-" + incarnation + ":" + source + "->" + destination + ":" + bucket);
  }

  /** The name itself, or as much of it as fits before a digest of all of it. */
  static String fitting(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= Dcp.Open.MAX_NAME_LENGTH) {
      return name;
    }
    String digest = ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(bytes));
    int kept = Dcp.Open.MAX_NAME_LENGTH - digest.length();
    // Never in the middle of a character.
    while ((bytes[kept] & 0xc0) == 0x80) {
      kept--;
    }
    return new String(bytes, 0, kept, StandardCharsets.UTF_8) + digest;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}

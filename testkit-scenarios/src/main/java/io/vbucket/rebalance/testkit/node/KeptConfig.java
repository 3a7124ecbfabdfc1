package io.vbucket.rebalance.testkit.node;

/** The configuration that a node was given last, of a bucket or of the whole cluster. */
final class KeptConfig {
  private String json = "";
  private long epoch = Long.MIN_VALUE;
  private long revision = Long.MIN_VALUE;

  /** Empty when there is none. */
  String json() {
    return json;
  }

  long epoch() {
    return epoch;
  }

  long revision() {
    return revision;
  }

  boolean isEmpty() {
    return json.isEmpty();
  }

  /** Whether it is newer than what somebody has who was told this (epoch, revision). */
  boolean isNewerThan(long otherEpoch, long otherRevision) {
    return epoch > otherEpoch || epoch == otherEpoch && revision > otherRevision;
  }

  /** Keeps this one, whatever there was: real nodes do so too. */
  void replace(long newEpoch, long newRevision, String newJson) {
    epoch = newEpoch;
    revision = newRevision;
    json = newJson;
  }
}

package io.vbucket.rebalance.orchestrator.move;

/** One vBucket is to change its owner. */
public record Move(String bucket, int vbucket, String source, String destination) {
  @Override
  public String toString() {
    return bucket + "/" + vbucket + " " + source + "->" + destination;
  }
}

package io.vbucket.rebalance.orchestrator.move;

/**
 * What one node is told to do with its copy of the vBucket.
 *
 * @param node name of the node
 */
public record CopyTask(Kind kind, String node) {
  /** Each is safe to be told twice. */
  public enum Kind {
    /** Become a replica; made where there is none. */
    REPLICATE,
    /** Become active where there was no copy at all: a vBucket that nobody has yet. */
    CREATE,
    /** Stay active, answering sync writes when a majority of the old chain has them. */
    SERVE_OLD,
    /** Stay active, answering sync writes when a majority of the old chain and one of the new chain have them. */
    SERVE_BOTH,
    /** Stay active, answering sync writes when a majority of the new chain has them. */
    SERVE_NEW,
    /** Become a replica again, keeping its items; client operations that are parked there are freed (T32). */
    DEMOTE,
    /** Be deleted, unless active; client operations that are parked there are freed (T32). */
    REMOVE
  }

  @Override
  public String toString() {
    return kind + " on " + node;
  }
}

package io.vbucket.rebalance.orchestrator.node;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.List;
import java.util.Map;

/** What a node can be asked, each with the kind of answer that it has when it succeeds. */
public sealed interface NodeQuestion {
  /** Asks for the state of one copy, or changes it. */
  sealed interface OfCopy extends NodeQuestion {
    int vbucket();
  }

  /** Answered with {@link Answer.State}; {@code ABSENT} where the node has no copy. */
  record ReadState(int vbucket) implements OfCopy {}

  /** Answered with {@link Answer.Done}. */
  record SetState(int vbucket, VBucketState state) implements OfCopy {}

  /**
   * Tells an active copy the chains whose majorities must have a sync write; answered with {@link Answer.Done}, also by nodes that know no
   * topology. Never makes a copy active.
   *
   * @param chains one or two chains of node names, active first, null for a hole
   */
  record SetTopology(int vbucket, List<List<String>> chains) implements OfCopy {
    public SetTopology {
      chains = List.copyOf(chains);
    }
  }

  /** Makes an active copy where there is none; one that is active already is as good. Answered with {@link Answer.Done}. */
  record Create(int vbucket, List<List<String>> chains) implements OfCopy {
    public Create {
      chains = List.copyOf(chains);
    }
  }

  /** Makes the copy a replica, unless it is active; client operations that are parked there are freed. Answered with {@link Answer.Done}. */
  record Demote(int vbucket) implements OfCopy {}

  /** Sets the copy dead and deletes it; a copy that is not there is as good as deleted. Answered with {@link Answer.Done}. */
  record Remove(int vbucket) implements OfCopy {}

  /** How much a stream's producer still has to send. Answered with {@link Answer.Backfill}. */
  record ReadBackfill(int vbucket, String producerName) implements NodeQuestion {}

  /** Answered with {@link Answer.Seqno}. */
  record ReadHighSeqno(int vbucket) implements NodeQuestion {}

  /** Waits until the copy is persisted up to {@code seqno}; asks again when the node's own limit runs out. Answered with {@link Answer.Done}. */
  record AwaitPersistence(int vbucket, long seqno) implements NodeQuestion {}

  /** Answered with {@link Answer.Config}. */
  record ReadConfig() implements NodeQuestion {}

  /** Answered with {@link Answer.Done}. */
  record WriteConfig(long epoch, long revision, String json) implements NodeQuestion {}

  /** All pairs of a group of stats. Answered with {@link Answer.Stats}. */
  record ReadStats(String group) implements NodeQuestion {}

  /** What came of a question. */
  sealed interface Answer {
    record Done() implements Answer {}

    record State(CopyState state) implements Answer {}

    /**
     * @param running whether the stream is there and the estimate means something
     * @param itemsLeft items that are still to be sent, as the node estimates
     * @param items documents that the vBucket has, 0 when the node does not tell
     */
    record Backfill(boolean running, long itemsLeft, long items) implements Answer {
      public Backfill(boolean running, long itemsLeft) {
        this(running, itemsLeft, 0);
      }
    }

    /**
     * @param seqno the copy's high seqno
     * @param persisted up to which it is on the node's disk, -1 when the node does not tell
     */
    record Seqno(long seqno, long persisted) implements Answer {
      public Seqno(long seqno) {
        this(seqno, -1);
      }
    }

    record Config(String json) implements Answer {}

    record Stats(Map<String, String> pairs) implements Answer {
      public Stats {
        pairs = Map.copyOf(pairs);
      }
    }

    /**
     * @param answered whether the node answered at all; if not, it may still carry the request out, though before anything that is asked of
     *     this session later
     * @param status of the node's answer; 0 when it gave none, or the refusal is not the node's but the session's
     * @param detail what was asked of which node, what came, and what to do
     */
    record Failed(boolean answered, int status, String detail) implements Answer {
      public Failed(boolean answered, String detail) {
        this(answered, 0, detail);
      }

      Failed saying(String text) {
        return new Failed(answered, status, text);
      }
    }
  }
}

package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.script.FrameNames;
import java.util.Locale;

/** What happened on a stage, in the order in which it happened. */
public sealed interface Seen {
  /** In words, for a schedule. */
  String text();

  /**
   * A frame between the orchestrator, or a client, and a node.
   *
   * @param received whether the node got it, or sent it
   * @param status of an answer, else 0
   * @param vbucket -1 for none
   * @param state that a SET_VBUCKET or SET_VBUCKET_STATE names, also for its answer; null for none
   * @param attempt takeover attempt to which it belongs, 0 when it fills a copy, -1 when that is not known
   * @param replication whether it passed on a connection that carries streams
   */
  record OfFrame(
      String node, boolean received, int opcode, boolean answer, int status, int vbucket, VBucketState state,
      int attempt,
      int opaque, boolean replication)
      implements Seen {
    @Override
    public String text() {
      StringBuilder text = new StringBuilder(FrameNames.nameOf(opcode));
      if (state != null) {
        text.append('(').append(state.name().toLowerCase(Locale.ROOT)).append(')');
      }
      if (answer) {
        text.append(" answer ").append(Status.nameOf(status));
      }
      if (vbucket >= 0) {
        text.append(" vb:").append(vbucket);
      }
      if (attempt > 0) {
        text.append(" attempt ").append(attempt);
      }
      return text.append(String.format(" opaque %08x", opaque)).toString();
    }
  }

  /**
   * A vBucket of a node entered a state.
   *
   * @param state null: it is absent now
   */
  record OfState(String node, int vbucket, VBucketState state) implements Seen {
    @Override
    public String text() {
      return "vb:" + vbucket + " is " + (state == null ? "absent" : state.name().toLowerCase(Locale.ROOT));
    }
  }

  /** A node died or came back. */
  record OfProcess(String node, boolean up) implements Seen {
    @Override
    public String text() {
      return up ? "is up" : "is down";
    }
  }

  /** A node closed a connection by itself. */
  record OfDrop(String node, String reason) implements Seen {
    @Override
    public String text() {
      return "dropped a connection: " + reason;
    }
  }

  /** The orchestrator told something. */
  record OfEvent(RebalanceEvent event) implements Seen {
    @Override
    public String text() {
      String text = event.toString().replaceFirst("at=[^,\\]]*, bucket=[^,\\]]*(, )?", "");
      return text.length() <= 160 ? text : text.substring(0, 160) + "...";
    }
  }

  /** A step of the script was carried out, or the orchestrator was asked. */
  record OfScript(String text) implements Seen {}
}

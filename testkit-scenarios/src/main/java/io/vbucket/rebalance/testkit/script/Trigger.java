package io.vbucket.rebalance.testkit.script;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.Locale;

/**
 * Something that can be seen during a run. Used to say when a step fires, until when a frame is held, what must be seen in which order
 * and what must never be seen.
 */
public sealed interface Trigger {
  /** Matches any number, node, status or state. */
  int ANY = -1;

  String ANYONE = "any";

  /** In the words of a script. */
  String text();

  /** Once, when the orchestrator is asked. */
  record Asked() implements Trigger {
    @Override
    public String text() {
      return "asked";
    }
  }

  /** Once, so long after the orchestrator was asked. */
  record After(Duration time) implements Trigger {
    @Override
    public String text() {
      return "after " + time.toMillis() + " ms";
    }
  }

  /** Once, when so many frames have passed between the orchestrator and the nodes since it was asked; clients' frames do not count. */
  record Frames(int count) implements Trigger {
    @Override
    public String text() {
      return "after " + count + " frames";
    }
  }

  /**
   * A frame on its way between the orchestrator and a node.
   *
   * @param node name, or {@link #ANYONE}
   * @param received whether the node gets it, or sends it
   * @param opcode or {@link #ANY}
   * @param state that a SET_VBUCKET or SET_VBUCKET_STATE names, or null for any
   * @param answer whether it is an answer
   * @param status of an answer, or {@link #ANY}
   * @param vbucket or {@link #ANY}
   * @param attempt number of the takeover attempt to which the frame belongs, 0 for none, or {@link #ANY}
   */
  record FrameSeen(
      String node, boolean received, int opcode, VBucketState state, boolean answer, int status, int vbucket,
      int attempt)
      implements Trigger {
    @Override
    public String text() {
      StringBuilder text = new StringBuilder(node).append(received ? " received " : " sends ");
      text.append(opcode == ANY ? "any" : FrameNames.nameOf(opcode));
      if (state != null) {
        text.append('(').append(state.name().toLowerCase(Locale.ROOT)).append(')');
      }
      if (answer) {
        text.append(" answer");
      }
      if (status != ANY) {
        text.append(' ').append(Status.nameOf(status));
      }
      return text.append(scope(vbucket, attempt)).toString();
    }
  }

  /**
   * A vBucket of a node enters a state.
   *
   * @param state null for absent
   */
  record StateReached(String node, int vbucket, VBucketState state) implements Trigger {
    @Override
    public String text() {
      return node + " is " + (state == null ? "absent" : state.name().toLowerCase(Locale.ROOT)) + scope(vbucket, ANY);
    }
  }

  /** A node's process dies or is there again, or the node itself closes a connection. */
  record NodeIs(String node, Condition condition) implements Trigger {
    @Override
    public String text() {
      return node + " " + condition.words();
    }
  }

  /** What can happen to a node as a whole. */
  enum Condition {
    DOWN("is down"),
    UP("is up"),
    DROPPED_CONNECTION("dropped a connection");

    private final String words;

    Condition(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /** The orchestrator tells that something happened. */
  record EventTold(EventKind kind, int vbucket, int attempt) implements Trigger {
    @Override
    public String text() {
      return kind.word() + scope(vbucket, attempt);
    }
  }

  private static String scope(int vbucket, int attempt) {
    return (vbucket == ANY ? "" : " of vbucket " + vbucket) + (attempt == ANY ? "" : " in attempt " + attempt);
  }
}

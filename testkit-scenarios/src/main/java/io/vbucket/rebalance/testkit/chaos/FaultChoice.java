package io.vbucket.rebalance.testkit.chaos;

import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.control.PauseMode;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.EventKind;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Chooses what goes wrong, and when: at a frame, so that it happens in the midst of things and not between them. */
final class FaultChoice {
  private static final Place NOWHERE = new Place("chaos", 0);
  private static final Optional<Trigger> BEGIN =
      Optional.of(new Trigger.EventTold(EventKind.REBALANCE_STARTED, Trigger.ANY, Trigger.ANY));
  private static final Optional<Trigger> END =
      Optional.of(new Trigger.EventTold(EventKind.REBALANCE_ENDED, Trigger.ANY, Trigger.ANY));
  private static final int FIRST_FRAME = 20;
  /** A process that is away for longer is more than the orchestrator must sit out: its limit for that is 30 s. */
  private static final int LONGEST_ABSENCE_MILLIS = 25_000;
  private static final int LONGEST_SILENCE_MILLIS = 25_000;

  private final SplittableRandom random;
  private final List<String> nodes;
  private final int vbuckets;
  private final int lastFrame;
  private boolean stopped;

  /**
   * @param lastFrame about so many frames pass when nothing goes wrong
   */
  FaultChoice(SplittableRandom random, List<String> nodes, int vbuckets, int lastFrame) {
    this.random = random;
    this.nodes = nodes;
    this.vbuckets = vbuckets;
    this.lastFrame = lastFrame;
  }

  Fault next() {
    String node = nodes.get(random.nextInt(nodes.size()));
    int vbucket = random.nextInt(vbuckets);
    int frame = random.nextInt(FIRST_FRAME, lastFrame);
    int kind = random.nextInt(16);
    return switch (kind) {
      case 0, 1 -> at(frame, new Action.Cut(node), "cut the streams' connections of " + node);
      case 2 -> at(frame, new Action.CutAdmin(node), "cut the other connections of " + node);
      case 3, 4 -> dies(frame, node, true);
      case 5 -> dies(frame, node, random.nextInt(4) > 0);
      case 6 -> silent(frame, node);
      case 7, 8, 9 -> at(frame, new Action.AskRetry(node, vbucket, random.nextInt(4) == 0),
          node + " asks for a retry of vBucket " + vbucket);
      case 10 -> at(frame, new Action.EndStream(node, vbucket, StreamEndReason.STATE_CHANGED.code()),
          node + " ends its stream of vBucket " + vbucket);
      case 11 -> intercept(
          frame, node, Opcode.DCP_SET_VBUCKET_STATE, new Step.Fate.Refuse(Status.ETMPFAIL),
          "refuses to change a state");
      case 12 -> intercept(
          frame, node, Opcode.DCP_ADD_STREAM, new Step.Fate.Refuse(Status.EBUSY), "is too busy for a stream");
      case 13 -> intercept(
          frame, node, random.nextBoolean() ? Opcode.DCP_CLOSE_STREAM : Opcode.DCP_ADD_STREAM, new Step.Fate.Drop(),
          "does not hear a request for a stream");
      case 14 -> paused(frame);
      default -> stopped(frame, node, vbucket);
    };
  }

  private static Step.When when(int frame, Duration after, Action action) {
    return new Step.When(NOWHERE, new Trigger.Frames(frame), 1, BEGIN, END, after, List.of(action));
  }

  private static Fault at(int frame, Action action, String text) {
    return new Fault("after " + frame + " frames: " + text, List.of(when(frame, Duration.ZERO, action)),
        Duration.ZERO, false);
  }

  private Duration upTo(int millis) {
    return Duration.ofMillis(random.nextInt(50, millis));
  }

  private Fault dies(int frame, String node, boolean keepData) {
    Duration away = upTo(LONGEST_ABSENCE_MILLIS);
    return new Fault(
        "after " + frame + " frames: " + node + " dies and is back after " + away.toMillis() + " ms"
            + (keepData ? "" : ", empty"),
        List.of(
            when(frame, Duration.ZERO, new Action.Kill(node)),
            when(frame, away, new Action.Restart(node, keepData))),
        away,
        !keepData);
  }

  private Fault silent(int frame, String node) {
    Duration silence = upTo(LONGEST_SILENCE_MILLIS);
    return new Fault(
        "after " + frame + " frames: " + node + " reads nothing for " + silence.toMillis() + " ms",
        List.of(
            when(frame, Duration.ZERO, new Action.StopReading(node)),
            when(frame, silence, new Action.ResumeReading(node))),
        silence,
        false);
  }

  private Fault paused(int frame) {
    Duration pause = upTo(LONGEST_SILENCE_MILLIS);
    PauseMode mode = PauseMode.values()[random.nextInt(PauseMode.values().length)];
    return new Fault(
        "after " + frame + " frames: the operator pauses (" + mode + ") and resumes after " + pause.toMillis() + " ms",
        List.of(
            when(frame, Duration.ZERO, new Action.Steer(new ControlRequest.Pause(mode))),
            when(frame, pause, new Action.Steer(new ControlRequest.Resume()))),
        pause,
        false);
  }

  private Fault stopped(int frame, String node, int vbucket) {
    if (stopped || random.nextInt(3) > 0) {
      return at(frame, new Action.Write(20, vbucket), "20 more documents are written to vBucket " + vbucket);
    }
    stopped = true;
    Duration grace = upTo(LONGEST_ABSENCE_MILLIS);
    return at(frame, new Action.Stop(grace), "the operator stops with " + grace.toMillis() + " ms of grace");
  }

  private static Fault intercept(int frame, String node, int opcode, Step.Fate fate, String text) {
    Trigger.FrameSeen pattern = new Trigger.FrameSeen(
        node, true, opcode, null, false, Trigger.ANY, Trigger.ANY, Trigger.ANY);
    return new Fault(
        "from frame " + frame + " on, once: " + node + " " + text,
        List.of(new Step.Intercept(NOWHERE, pattern, 1, Optional.of(new Trigger.Frames(frame)), END, fate)),
        Duration.ZERO,
        false);
  }
}

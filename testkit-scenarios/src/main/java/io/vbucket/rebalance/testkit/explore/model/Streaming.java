package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;

/**
 * The stream actor.
 *
 * @param core see {@link Essence}
 * @param timers those that run, one bit each
 * @param heard the link of which it heard last that it is up
 * @param owes whether the mover asked for something of which it has not heard the end (I8)
 * @param stopped whether its mover has ended, and it with it
 */
public record Streaming(
    TakeoverProtocol core, int timers, String heard, Questions questions, boolean owes, boolean stopped) {
  static final Streaming FIRST =
      new Streaming(Essence.of(TakeoverProtocol.INITIAL), 0, "", Questions.NONE, false, false);

  Streaming with(TakeoverProtocol next) {
    return new Streaming(next, timers, heard, questions, owes, stopped);
  }

  Streaming starting(TakeoverEvent.Timer timer) {
    return new Streaming(core, timers | 1 << timer.ordinal(), heard, questions, owes, stopped);
  }

  Streaming without(TakeoverEvent.Timer timer) {
    return new Streaming(core, timers & ~(1 << timer.ordinal()), heard, questions, owes, stopped);
  }

  boolean runs(TakeoverEvent.Timer timer) {
    return (timers & 1 << timer.ordinal()) != 0;
  }

  Streaming hearing(String link) {
    return new Streaming(core, timers, link, questions, owes, stopped);
  }

  Streaming with(Questions next) {
    return new Streaming(core, timers, heard, next, owes, stopped);
  }

  Streaming owing(boolean nowOwes) {
    return new Streaming(core, timers, heard, questions, nowOwes, stopped);
  }

  /** What is kept of an actor that is no more: nothing. */
  Streaming stopping() {
    return new Streaming(FIRST.core, 0, "", Questions.NONE, false, true);
  }
}

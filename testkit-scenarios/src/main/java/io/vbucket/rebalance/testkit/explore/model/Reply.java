package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.Side;

/**
 * What a node, or its session in its place, answers.
 *
 * @param side the node
 * @param state of its copy where that was asked, {@code UNREACHABLE} when it gave no answer
 * @param done whether it did what it was asked
 * @param number items left, or a seqno
 */
public record Reply(Side side, int tag, Question.What what, CopyState state, boolean done, int number) {
  @Override
  public String toString() {
    String from = side == Side.PRODUCER ? "source" : "destination";
    if (!done) {
      return from + " failed to answer " + what;
    }
    return switch (what) {
      case READ_STATE, REMOVE_CHECK -> from + " is " + state;
      case READ_BACKFILL -> "backfill: " + (number < 0 ? "no stream" : number + " items left");
      case READ_HIGH_SEQNO -> "high seqno " + number;
      default -> from + " did " + what;
    };
  }
}

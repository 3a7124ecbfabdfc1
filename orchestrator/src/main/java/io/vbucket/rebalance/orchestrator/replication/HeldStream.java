package io.vbucket.rebalance.orchestrator.replication;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.VBucketStream;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;

/** What the keeper has about one stream. Touched by the keeper alone. */
final class HeldStream {
  private KeptStream state = KeptStream.INITIAL;
  private ActorRef<VBucketStream.Command> actor;
  private String givenUp;
  private int question;
  private CopyState active;
  private CopyState replica;

  KeptStream state() {
    return state;
  }

  void to(KeptStream next) {
    state = next;
  }

  /** Its stream actor, or null. */
  ActorRef<VBucketStream.Command> actor() {
    return actor;
  }

  void runBy(ActorRef<VBucketStream.Command> other) {
    actor = other;
    givenUp = null;
  }

  /** Its stream actor has said its last word and is being stopped, for this reason. */
  void giveUp(String why) {
    givenUp = why;
  }

  /** Why its stream actor is being stopped, or null. */
  String givenUp() {
    return givenUp;
  }

  /** Number of the last question about it. */
  int question() {
    return question;
  }

  void asks(int number) {
    question = number;
    active = null;
    replica = null;
  }

  /** Takes a state in; whether both are known now. */
  boolean read(Move stream, NodeCommand.Answered answered) {
    if (answered.node().equals(stream.source())) {
      active = answered.state();
    } else {
      replica = answered.state();
    }
    return active != null && replica != null;
  }

  KeptEvent statesRead() {
    return new KeptEvent.StatesRead(active, replica);
  }
}

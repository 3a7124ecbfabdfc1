package io.vbucket.rebalance.orchestrator.node;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;

/** What the actor of a node is told. */
public sealed interface NodeCommand permits NodeCommand.Ask, NodeCommand.Stop, NodeSession.Internal {
  /**
   * Puts a question. Questions about states are carried out by the node in the order in which they are asked.
   *
   * @param number given back with the answer, so that the asker can tell late answers apart
   */
  record Ask(int number, NodeQuestion question, ActorRef<Answered> replyTo) implements NodeCommand {}

  /** Closes the connections; open questions are answered as failed. */
  record Stop() implements NodeCommand {}

  /** The answer to an {@link Ask}; exactly one each, within the time limit for what was asked. */
  record Answered(int number, String node, NodeQuestion question, NodeQuestion.Answer answer) {
    /** The state that was read, or {@code UNREACHABLE}. */
    public CopyState state() {
      return answer instanceof NodeQuestion.Answer.State state
          ? state.state()
          : CopyState.UNREACHABLE;
    }

    public boolean isDone() {
      return answer instanceof NodeQuestion.Answer.Done;
    }

    /** Why it failed, or empty. */
    public String detail() {
      return answer instanceof NodeQuestion.Answer.Failed failed ? failed.detail() : "";
    }
  }
}

package io.vbucket.rebalance.orchestrator;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Answer;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.util.List;

/**
 * What an orchestrator has under way, one at a time; each knows who is to be answered at its end, and the run, whose number tells it apart from
 * what came before.
 */
sealed interface Work {
  ActorRef<Answer> replyTo();

  String runId();

  /** Nodes are read, nothing is changed yet. */
  record Inquiring(ActorRef<Answer> replyTo, String runId) implements Work {}

  record Rebalancing(ActorRef<Answer> replyTo, Readiness.Ready plan, String runId) implements Work {}

  /**
   * All moves have ended.
   *
   * @param refusals why they were not begun; empty when they were
   */
  record Closing(ActorRef<Answer> replyTo, String runId, RebalanceSummary summary, List<String> refusals)
      implements Work {}

  record Repairing(ActorRef<Answer> replyTo, String runId) implements Work {}
}

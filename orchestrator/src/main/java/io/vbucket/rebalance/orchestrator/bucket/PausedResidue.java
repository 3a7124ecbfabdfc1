package io.vbucket.rebalance.orchestrator.bucket;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.survey.ResidueCheck;
import io.vbucket.rebalance.orchestrator.survey.ResidueProbe;
import java.util.HashMap;
import java.util.Map;

/** What moves that were taken back have left on the nodes of a rebalance that is paused. */
final class PausedResidue {
  private PausedResidue() {}

  /** @param config the newest map */
  static Behavior<ResidueProbe.Command> probe(
      BucketRebalance.Setup setup, BucketConfig config, ActorRef<ResidueCheck> replyTo) {
    Map<String, String> servers = new HashMap<>();
    setup.nodes().keySet().forEach(name -> servers.put(name, setup.wiring().serverOf(name)));
    return ResidueProbe.create(new ResidueProbe.Setup(
        setup.bucket(), setup.runId(), setup.nodes(), setup.wiring()::configOf,
        findings -> ResidueCheck.whilePaused(config, findings, servers, setup.runId()), replyTo));
  }
}

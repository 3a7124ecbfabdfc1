package io.vbucket.rebalance.orchestrator;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Answer;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.KeepReplicating;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.MapChanged;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Plan;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Planned;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Refused;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Repair;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Repaired;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Run;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Verified;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator.Verify;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.map.VBucketMap;
import io.vbucket.rebalance.orchestrator.repair.RepairPlan;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import io.vbucket.rebalance.orchestrator.survey.Survey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an orchestrator does next, once all nodes are read, for each thing that it can be asked: an answer, or work. Pure.
 *
 * @param bucket for the words of a refusal
 * @param pastMaps that the bucket had before the last runs of this orchestrator, newest first
 */
record AfterSurvey(String bucket, Readiness readiness, List<VBucketMap> pastMaps) {
  sealed interface Next {}

  /** That is all there is to do. */
  record Reply(Answer answer) implements Next {}

  record Rebalance(Readiness.Ready plan) implements Next {}

  record Replicate(BucketConfig config) implements Next {}

  /**
   * Before a repair can be planned it must be known how far copies have come.
   *
   * @param orphans by vBucket the nodes whose copies may be promoted, at least one
   */
  record ReadHistories(Map<Integer, List<String>> orphans) implements Next {}

  record CarryOut(RepairPlan plan, BucketConfig config) implements Next {}

  /**
   * @param asked what the survey was made for
   * @param lastMap as the last run of this orchestrator left it; null before the first
   */
  Next of(RebalanceOrchestrator.Command asked, Survey.Findings findings, BucketConfig lastMap) {
    if (asked instanceof Verify) {
      return new Reply(verified(findings));
    } else if (asked instanceof Repair repair) {
      return repair(repair, findings);
    } else if (asked instanceof KeepReplicating) {
      return keep(findings);
    }
    BucketConfig found = Readiness.newest(findings);
    if (asked instanceof Run run && run.again() && found != null && found.compareTo(lastMap) != 0) {
      return new Reply(new MapChanged("somebody else has changed the map meanwhile: it has revision "
          + found.revision() + ", and this orchestrator wrote " + lastMap.revision()));
    }
    RebalanceRequest request = asked instanceof Run run ? run.request() : ((Plan) asked).request();
    Readiness.Verdict verdict = readiness.plan(request, pastMaps, findings);
    if (verdict instanceof Readiness.NotReady not) {
      return new Reply(new Refused(not.reasons()));
    }
    Readiness.Ready ready = (Readiness.Ready) verdict;
    return asked instanceof Plan ? new Reply(new Planned(ready)) : new Rebalance(ready);
  }

  private Answer verified(Survey.Findings findings) {
    List<String> reasons = readiness.blindness(findings);
    if (!reasons.isEmpty()) {
      return new Refused(reasons);
    }
    BucketConfig config = Readiness.newest(findings);
    List<String> differences = new ArrayList<>(readiness.differences(config, findings));
    differences.addAll(readiness.missingReplicas(config, findings));
    return new Verified(
        config, differences, readiness.residue(config, findings), readiness.atWork(findings));
  }

  private Next repair(Repair asked, Survey.Findings findings) {
    List<String> reasons = readiness.obstacles(findings);
    if (!reasons.isEmpty()) {
      return new Reply(new Refused(reasons));
    }
    Map<Integer, List<String>> orphans = asked.promote()
        ? RepairPlan.orphans(Readiness.newest(findings), findings, readiness.serversByName())
        : Map.of();
    return orphans.isEmpty() ? repair(asked, findings, Map.of()) : new ReadHistories(orphans);
  }

  /** @param promotions by vBucket the node whose copy shall become active, where none is */
  Next repair(Repair asked, Survey.Findings findings, Map<Integer, String> promotions) {
    BucketConfig config = Readiness.newest(findings);
    RepairPlan plan = RepairPlan.of(config, findings, readiness.serversByName(), promotions);
    return asked.dryRun() || plan.steps().isEmpty()
        ? new Reply(new Repaired(plan, List.of()))
        : new CarryOut(plan, config);
  }

  /** A node that does not answer is no reason to leave the others' replicas alone; another orchestrator at work is. */
  private Next keep(Survey.Findings findings) {
    BucketConfig config = Readiness.newest(findings);
    List<String> reasons = new ArrayList<>(readiness.otherRuns(findings));
    if (config == null) {
      reasons.add("no node that answers has a map for bucket " + bucket);
    }
    return reasons.isEmpty() ? new Replicate(config) : new Reply(new Refused(reasons));
  }
}

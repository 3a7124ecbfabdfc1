package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.control.ControlAnswer;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.testkit.script.Ask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What was asked of the orchestrator in a run, and what it answered. Thread-safe. */
final class AnswerBook {
  private final List<RebalanceOrchestrator.Answer> answers = new ArrayList<>();
  private final List<Stage.Steering> steering = new ArrayList<>();

  /** What a scenario asks for, in the orchestrator's words. */
  static RebalanceRequest requestOf(Ask ask) {
    if (ask instanceof Ask.OneMove move) {
      return RebalanceRequest.moving(Map.of(move.vbucket(), move.to()));
    }
    if (ask instanceof Ask.Moves moves) {
      return RebalanceRequest.moving(moves.newOwners());
    }
    Ask.Rebalance rebalance = (Ask.Rebalance) ask;
    return new RebalanceRequest(rebalance.add(), rebalance.remove());
  }

  /** A move to be cancelled without a vBucket of its own is that of {@code vbucket}. */
  static ControlRequest about(ControlRequest asked, int vbucket) {
    return asked instanceof ControlRequest.CancelMove cancel && cancel.vbucket() < 0
        ? new ControlRequest.CancelMove(vbucket)
        : asked;
  }

  synchronized void answered(RebalanceOrchestrator.Answer answer) {
    answers.add(answer);
  }

  /** An operator asks now; the number by which the answer is told. */
  synchronized int steers(ControlRequest request) {
    steering.add(new Stage.Steering(request, List.of()));
    return steering.size() - 1;
  }

  synchronized void steered(int number, ControlAnswer answer) {
    Stage.Steering before = steering.get(number);
    List<ControlAnswer> all = new ArrayList<>(before.answers());
    all.add(answer);
    steering.set(number, new Stage.Steering(before.request(), all));
  }

  synchronized List<RebalanceOrchestrator.Answer> answers() {
    return List.copyOf(answers);
  }

  synchronized List<Stage.Steering> steering() {
    return List.copyOf(steering);
  }
}

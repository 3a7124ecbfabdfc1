package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import java.util.ArrayList;
import java.util.List;

/** What a node does with a question of the administrator: what it is asked, or, at the price of a silence, not in time. */
final class Asked {
  private Asked() {}

  /**
   * @param node as it is before
   * @param changed as it is when it has done what it is asked
   * @param refused whether it answers that it does not do it
   * @param owing as it is when it will do it later
   */
  static List<Turn> turns(
      Side side, Object node, Question question, Object changed, CopyState copy, int number, boolean refused,
      Object owing) {
    List<Turn> turns = new ArrayList<>();
    Reply answer = new Reply(side, question.tag(), question.what(), copy, !refused, number);
    Reply none = new Reply(side, question.tag(), question.what(), CopyState.UNREACHABLE, false, -1);
    turns.add(Turn.to(changed, refused ? "refuses" : "answers: " + answer).sending(question.asker(), answer));
    turns.add(Turn.to(node, "is not reached").sending(question.asker(), none).at(Fault.SILENCES));
    if (question.changesState()) {
      turns.add(Turn.to(changed, "does it, and the answer is lost").sending(question.asker(), none).at(Fault.SILENCES));
      turns.add(Turn.to(owing, "will do it later").sending(question.asker(), none).at(Fault.SILENCES));
    }
    return turns;
  }
}

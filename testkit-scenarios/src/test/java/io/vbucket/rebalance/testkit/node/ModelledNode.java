package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.testkit.explore.model.Connection;
import io.vbucket.rebalance.testkit.explore.model.Signal;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import io.vbucket.rebalance.testkit.explore.search.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * One of the explorer's node models, made to do what it may put off at once, as the embedded node does.
 *
 * @param <S> its states
 */
final class ModelledNode<S> {
  private final Machine<S> machine;
  private final int sends;
  private S state;
  private final List<Signal> sent = new ArrayList<>();

  /**
   * @param sends number of the channel by which it sends frames
   */
  ModelledNode(Machine<S> machine, int sends) {
    this.machine = machine;
    this.sends = sends;
    this.state = machine.struck(machine.first(), Connection.Blow.OPENED);
  }

  private ModelledNode(ModelledNode<S> other) {
    this.machine = other.machine;
    this.sends = other.sends;
    this.state = other.state;
    this.sent.addAll(other.sent);
  }

  S state() {
    return state;
  }

  void struck(Connection.Blow blow) {
    state = machine.struck(state, blow);
  }

  /** What may come of a message, each in a copy of this. */
  List<ModelledNode<S>> receiving(Object message, boolean faults) {
    return machine.receive(state, message).stream()
        .filter(turn -> faults || turn.price() == null)
        .map(this::after)
        .toList();
  }

  /** The turns of its own that are this fault, each in a copy of this. */
  List<ModelledNode<S>> doing(Fault fault) {
    return machine.alone(state).stream().filter(turn -> turn.price() == fault).map(this::after).toList();
  }

  /** A copy that has done what was left to do, and still has what it sent. */
  ModelledNode<S> answering() {
    ModelledNode<S> next = new ModelledNode<>(this);
    next.settle();
    return next;
  }

  private ModelledNode<S> after(Turn turn) {
    ModelledNode<S> next = new ModelledNode<>(this);
    next.take(turn);
    return next;
  }

  @SuppressWarnings("unchecked")
  private void take(Turn turn) {
    state = (S) turn.next();
    turn.sends().stream().filter(send -> send.channel() == sends).forEach(send -> sent.add((Signal) send.message()));
  }

  /** Does what is left to do, and gives what was sent since it was asked last. */
  List<Signal> settled() {
    settle();
    List<Signal> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  private void settle() {
    boolean moved = true;
    while (moved) {
      moved = false;
      for (Turn turn : machine.alone(state)) {
        if (turn.price() == null) {
          take(turn);
          moved = true;
          break;
        }
      }
    }
  }
}

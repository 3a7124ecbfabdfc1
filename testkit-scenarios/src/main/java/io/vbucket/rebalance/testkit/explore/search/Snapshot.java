package io.vbucket.rebalance.testkit.explore.search;

import java.util.List;

/** One state of the whole, to be looked at. */
public final class Snapshot {
  private final Network network;
  private final int[] state;

  Snapshot(Network network, int[] state) {
    this.network = network;
    this.state = state.clone();
  }

  int[] numbers() {
    return state;
  }

  /** The state of a machine. */
  public <S> S of(int machine, Class<S> type) {
    return type.cast(network.stateOf(state, machine));
  }

  /** What is under way in a channel, first to last. */
  public List<Object> in(int channel) {
    return network.contentOf(state, channel);
  }

  /** How often a fault may still happen. */
  public int left(Fault fault) {
    return Budget.left(network.budgetOf(state), fault);
  }

  /** How often a fault happened. */
  public int spent(Fault fault) {
    return Budget.left(network.firstBudget(), fault) - left(fault);
  }
}

package io.vbucket.rebalance.testkit.explore.search;

import java.util.List;

/**
 * One of the machines that are composed. Its states and messages are immutable values, and everything it does is a function of them: that is
 * why each (state, message) needs to be worked out only once, however many million states of the whole contain it.
 *
 * @param <S> its states
 */
public interface Machine<S> {
  S first();

  /** What may follow when {@code message} comes. Empty: the message is not taken yet. */
  List<Turn> receive(S state, Object message);

  /** What the machine may do by itself. */
  List<Turn> alone(S state);

  /** The state after another machine's turn that takes this one with it, such as a broken connection; at once, without a choice. */
  S struck(S state, Object blow);
}

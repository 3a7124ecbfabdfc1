package io.vbucket.rebalance.testkit.explore.search;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Makes paths of what a search kept of each state, and follows paths that were written down. */
public final class Paths {
  private Paths() {}

  /**
   * The path by which a state was reached first, and one step more.
   *
   * @param ordinal of the successor that is the last step, or -1 for none
   */
  static Path to(Network network, StateSet seen, int number, int ordinal, String violated, String text) {
    Deque<Integer> ordinals = new ArrayDeque<>();
    if (ordinal >= 0) {
      ordinals.push(ordinal);
    }
    for (int n = number; seen.parent(n) >= 0; n = seen.parent(n)) {
      ordinals.push(seen.step(n));
    }
    List<Path.Step> steps = new ArrayList<>();
    int[] state = network.first();
    for (int wanted : ordinals) {
      Taken taken = new Taken();
      network.successors(state, (next, at, move, fault) -> {
        if (at == wanted) {
          taken.take(next, move);
        }
      });
      steps.add(stepOf(network, state, taken.move, taken.next));
      state = taken.next;
    }
    return new Path(violated, text, steps);
  }

  /** What came of following keys. */
  public record Followed(List<Path.Step> steps, Optional<Turn.Breach> breach, Snapshot last, Optional<String> lost) {}

  /**
   * Follows the steps with these keys from the first state.
   *
   * @return with {@code lost} when a key is none of a successor: what could have happened instead
   */
  public static Followed follow(Network network, List<String> keys) {
    List<Path.Step> steps = new ArrayList<>();
    int[] state = network.first();
    for (String key : keys) {
      Taken taken = new Taken();
      List<String> possible = new ArrayList<>();
      int[] from = state;
      network.successors(state, (next, at, move, fault) -> {
        String here = keyOf(network, from, move);
        possible.add(here);
        if (here.equals(key) && taken.move == null) {
          taken.take(next, move);
        }
      });
      if (taken.move == null) {
        String lost = "step " + (steps.size() + 1) + ", \"" + key + "\", cannot happen here; possible are: "
            + String.join("; ", possible);
        return new Followed(steps, Optional.empty(), new Snapshot(network, state), Optional.of(lost));
      }
      steps.add(stepOf(network, state, taken.move, taken.next));
      state = taken.next;
      if (taken.move.turn.breach() != null) {
        return new Followed(steps, Optional.of(taken.move.turn.breach()), new Snapshot(network, state),
            Optional.empty());
      }
    }
    return new Followed(steps, Optional.empty(), new Snapshot(network, state), Optional.empty());
  }

  /** Whether nothing but faults can happen after a path. */
  public static boolean isOver(Network network, Followed followed) {
    boolean[] goesOn = {false};
    network.successors(followed.last().numbers(), (next, at, move, fault) -> goesOn[0] |= !fault);
    return !goesOn[0];
  }

  private static Path.Step stepOf(Network network, int[] before, Network.Move move, int[] after) {
    String to = network.layout().machines().get(move.machine).name();
    String from = to;
    String channel = "";
    String message = "";
    if (move.channel >= 0) {
      Layout.Channel through = network.layout().channels().get(move.channel);
      from = network.layout().machines().get(through.from()).name();
      channel = through.name();
      message = String.valueOf(network.contentOf(before, move.channel).get(0));
    }
    return new Path.Step(
        keyOf(network, before, move), from, to, channel, message, move.turn.text(), move.turn.price(),
        new Snapshot(network, after));
  }

  private static String keyOf(Network network, int[] before, Network.Move move) {
    String what = move.channel >= 0 ? " < " + network.contentOf(before, move.channel).get(0) : "";
    return network.nameOf(move) + what + (move.channel >= 0 ? " > " + move.turn.text() : "");
  }

  private static final class Taken {
    private int[] next;
    private Network.Move move;

    private void take(int[] newNext, Network.Move newMove) {
      next = newNext.clone();
      move = newMove;
    }
  }
}

package io.vbucket.rebalance.testkit.explore.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Whether every path ends, once all states are known. Looks at the steps that are no faults: faults may stop at any moment, and then only these are
 * left. A run that goes on for ever stays, in the end, within one strongly connected component of them. So there must be
 *
 * <ul>
 *   <li>no component without a way out, and no state without a successor, that is not ended;
 *   <li>no component of states that are not ended in which a fair run could stay: something must be waiting to happen in all of its states, a
 *       message or a time limit or a machine's own turn, that does not happen within it. Fairness means that what waits all the time happens.
 * </ul>
 *
 * <p>Tarjan's algorithm, without recursion.
 */
final class Endings {
  private static final String RULE = "I7";

  private final Network network;
  private final StateSet seen;
  private final Predicate<Snapshot> ended;
  private final int[] index;
  private final int[] low;
  private final Ints stack = new Ints();
  private final Ints frames = new Ints();
  private final Ints edges = new Ints();
  private final Ints edgesFrom = new Ints();
  /** States with a step to themselves, and states without a step. */
  private final BitSet returning = new BitSet();
  private final BitSet last = new BitSet();
  private int nextIndex = 1;
  private final int[] state;

  Endings(Network network, StateSet seen, Predicate<Snapshot> ended) {
    this.network = network;
    this.seen = seen;
    this.ended = ended;
    this.index = new int[seen.size()];
    this.low = new int[seen.size()];
    this.state = new int[network.width()];
  }

  /** The path to a state from which the end is not sure to come. */
  Optional<Path> check() {
    for (int root = 0; root < seen.size(); root++) {
      if (index[root] == 0) {
        Optional<Path> found = explore(root);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** {@code low} holds the lowest index that is reached, and {@link Integer#MAX_VALUE} once the component is known. */
  private Optional<Path> explore(int root) {
    enter(root);
    while (frames.size() > 0) {
      int at = frames.last();
      if (edges.size() > edgesFrom.last()) {
        int to = edges.pop();
        if (index[to] == 0) {
          enter(to);
        } else if (low[to] != Integer.MAX_VALUE) {
          low[at] = Math.min(low[at], index[to]);
        }
        continue;
      }
      frames.pop();
      edgesFrom.pop();
      if (frames.size() > 0) {
        low[frames.last()] = Math.min(low[frames.last()], low[at]);
      }
      if (low[at] == index[at]) {
        Optional<Path> found = component(at);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private void enter(int number) {
    index[number] = nextIndex;
    low[number] = nextIndex++;
    stack.push(number);
    frames.push(number);
    edgesFrom.push(edges.size());
    seen.copyTo(number, state);
    int before = edges.size();
    network.successors(state, (next, ordinal, move, fault) -> {
      if (!fault) {
        int to = seen.find(next);
        edges.push(to);
        if (to == number) {
          returning.set(number);
        }
      }
    });
    if (edges.size() == before) {
      last.set(number);
    }
  }

  private Optional<Path> component(int root) {
    int begin = stack.size();
    do {
      begin--;
    } while (stack.get(begin) != root);
    int[] members = stack.popFrom(begin);
    for (int member : members) {
      low[member] = Integer.MAX_VALUE;
    }
    if (members.length == 1 && !returning.get(root) && !last.get(root)) {
      return Optional.empty();
    }
    Snapshot snapshot = snapshot(root);
    if (ended.test(snapshot)) {
      return Optional.empty();
    }
    Arrays.sort(members);
    Set<String> inside = new HashSet<>();
    Set<String> always = null;
    boolean wayOut = false;
    for (int member : members) {
      seen.copyTo(member, state);
      boolean[] out = {false};
      network.successors(state, (next, ordinal, move, fault) -> {
        if (!fault && Arrays.binarySearch(members, seen.find(next)) >= 0) {
          inside.add(network.nameOf(move));
        } else if (!fault) {
          out[0] = true;
        }
      });
      wayOut |= out[0];
      if (members.length > 1 || !inside.isEmpty()) {
        List<String> pending = network.pending(state);
        if (always == null) {
          always = new HashSet<>(pending);
        } else {
          always.retainAll(pending);
        }
      }
    }
    if (!wayOut) {
      return Optional.of(Paths.to(network, seen, members[0], -1, RULE,
          inside.isEmpty()
              ? "nothing is left to happen, and the move has not ended"
              : "the move goes round for ever and cannot end: " + new ArrayList<>(inside)));
    }
    if (always == null) {
      return Optional.empty();
    }
    always.removeAll(inside);
    return always.isEmpty()
        ? Optional.of(Paths.to(network, seen, members[0], -1, RULE,
            "the move can go round for ever, with nothing that ends it waiting all the time: "
                + new ArrayList<>(inside)))
        : Optional.empty();
  }

  private Snapshot snapshot(int number) {
    seen.copyTo(number, state);
    return new Snapshot(network, state);
  }

  /** A growing array of numbers. */
  private static final class Ints {
    private int[] values = new int[1 << 10];
    private int size;

    private void push(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    private int pop() {
      return values[--size];
    }

    private int last() {
      return values[size - 1];
    }

    private int get(int at) {
      return values[at];
    }

    private int size() {
      return size;
    }

    private int[] popFrom(int at) {
      int[] popped = Arrays.copyOfRange(values, at, size);
      size = at;
      return popped;
    }
  }
}

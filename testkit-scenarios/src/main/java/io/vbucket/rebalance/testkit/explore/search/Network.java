package io.vbucket.rebalance.testkit.explore.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The machines of a {@link Layout} as a whole: a state is an array of small numbers, one for each machine's state, each channel's content and the
 * {@link Budget}. Machines are pure, so what each does with each message is worked out once and kept; after that a successor costs a few look-ups.
 *
 * <p><b>Reductions.</b> A message that is taken {@link Turn.Urgency#AT_ONCE} is taken before anything else is tried. And a channel may be
 * <i>prompt</i>: when nothing but its first message can happen to its receiver (see {@link Prompt}), that message is taken at once, too. Both are sound for
 * the same reason: such a turn touches only the receiver, which nothing else touches meanwhile, and the tails of channels; so it commutes with
 * everything that could have happened first, and whatever follows from the other order follows from this one. A turn that consumes a message is not put
 * off for ever, so nothing is ignored.
 */
public final class Network {
  /**
   * When nothing but the first message of a channel can happen to its receiver.
   *
   * @param channel by number
   * @param empty other channels to the receiver, which must be empty
   * @param idle machines, by number, the receiver among them, that must have nothing to do by themselves, with what each state must fulfil
   *     besides: that it expects no answer, so that those channels stay empty and nobody is told anything by it
   */
  public record Prompt(int channel, List<Integer> empty, Map<Integer, Predicate<Object>> idle) {
    public Prompt {
      empty = List.copyOf(empty);
      idle = Map.copyOf(idle);
    }
  }

  /** Sees successors. */
  interface Visitor {
    /**
     * @param next overwritten afterwards
     * @param ordinal number of the successor among those of its state
     * @param fault whether it cost something of the budget: it need not happen
     */
    void visit(int[] next, int ordinal, Move move, boolean fault);
  }

  /** A turn with everything in it numbered. */
  static final class Move {
    final Turn turn;
    final int machine;
    /** Where the message came from, or -1. */
    final int channel;
    private final int next;
    private final int[] emptied;
    private final int[] channels;
    private final int[] messages;
    private final int[] struck;
    private final int[] blows;

    private Move(Turn turn, int machine, int channel, Network network) {
      this.turn = turn;
      this.machine = machine;
      this.channel = channel;
      this.next = network.states.get(machine).number(turn.next());
      this.emptied = turn.emptied().stream().mapToInt(Integer::intValue).toArray();
      this.channels = turn.sends().stream().mapToInt(Turn.Send::channel).toArray();
      this.messages = turn.sends().stream().mapToInt(send -> network.messages.number(send.message())).toArray();
      this.struck = turn.blows().stream().mapToInt(Turn.Blow::machine).toArray();
      this.blows = turn.blows().stream().mapToInt(blow -> network.messages.number(blow.what())).toArray();
    }

    boolean isFault() {
      return turn.price() != null;
    }
  }

  private static final Move[] NONE = {};

  private final Layout layout;
  private final List<Prompt> prompts;
  private final int machines;
  private final int channels;
  private final int budgetAt;
  private final int firstBudget;
  private final List<Interner<Object>> states = new ArrayList<>();
  private final Interner<Object> messages = new Interner<>();
  private final Sequences sequences = new Sequences();
  private final PairMap[] received;
  private final PairMap[] struckTo;
  private final List<List<Move[]>> alone = new ArrayList<>();
  private final List<Move[]> kept = new ArrayList<>();
  private final int[] next;
  private boolean reduced = true;

  /**
   * @param prompts which channels are prompt, and when
   * @param budget packed, see {@link Budget}
   */
  public Network(Layout layout, List<Prompt> prompts, int budget) {
    this.layout = layout;
    this.prompts = List.copyOf(prompts);
    this.machines = layout.machines().size();
    this.channels = layout.channels().size();
    this.budgetAt = machines + channels;
    this.firstBudget = budget;
    this.received = new PairMap[machines];
    this.struckTo = new PairMap[machines];
    for (int m = 0; m < machines; m++) {
      states.add(new Interner<>());
      received[m] = new PairMap();
      struckTo[m] = new PairMap();
      alone.add(new ArrayList<>());
    }
    this.next = new int[width()];
  }

  /** Tries every order from now on, also where none can matter: to see that none does. */
  public Network withoutReductions() {
    reduced = false;
    return this;
  }

  Layout layout() {
    return layout;
  }

  int width() {
    return budgetAt + 1;
  }

  int[] first() {
    int[] first = new int[width()];
    for (int m = 0; m < machines; m++) {
      first[m] = states.get(m).number(layout.machines().get(m).machine().first());
    }
    first[budgetAt] = firstBudget;
    return first;
  }

  Object stateOf(int[] state, int machine) {
    return states.get(machine).value(state[machine]);
  }

  List<Object> contentOf(int[] state, int channel) {
    return sequences.content(state[machines + channel]).stream().map(messages::value).toList();
  }

  int budgetOf(int[] state) {
    return state[budgetAt];
  }

  int firstBudget() {
    return firstBudget;
  }

  /** Distinct states of each machine met so far, for the curious. */
  int met(int machine) {
    return states.get(machine).size();
  }

  // ---- successors

  /** Shows all successors in an order that depends on nothing but the state. */
  void successors(int[] state, Visitor visitor) {
    int only = reduced ? channelTakenFirst(state) : -1;
    if (only >= 0) {
      show(state, receptions(state, only), 0, false, visitor);
      return;
    }
    int ordinal = 0;
    boolean quiet = true;
    for (int c = 0; c < channels; c++) {
      if (state[machines + c] != Sequences.EMPTY) {
        Move[] moves = receptions(state, c);
        quiet &= !containsProgress(moves);
        ordinal = show(state, moves, ordinal, false, visitor);
      }
    }
    for (int m = 0; m < machines; m++) {
      Move[] moves = aloneIn(m, state[m]);
      quiet &= !containsProgress(moves);
    }
    for (int m = 0; m < machines; m++) {
      ordinal = show(state, aloneIn(m, state[m]), ordinal, quiet, visitor);
    }
  }

  /** The channel whose first message is all that need be tried, or -1. */
  private int channelTakenFirst(int[] state) {
    for (int c = 0; c < channels; c++) {
      if (state[machines + c] != Sequences.EMPTY) {
        Move[] moves = receptions(state, c);
        if (moves.length == 1 && moves[0].turn.urgency() == Turn.Urgency.AT_ONCE) {
          return c;
        }
      }
    }
    for (Prompt prompt : prompts) {
      if (state[machines + prompt.channel()] != Sequences.EMPTY && isPrompt(prompt, state)) {
        return prompt.channel();
      }
    }
    return -1;
  }

  private boolean isPrompt(Prompt prompt, int[] state) {
    for (int other : prompt.empty()) {
      if (state[machines + other] != Sequences.EMPTY) {
        return false;
      }
    }
    for (Map.Entry<Integer, Predicate<Object>> idle : prompt.idle().entrySet()) {
      int machine = idle.getKey();
      if (mayMoveAlone(state, machine) || !idle.getValue().test(states.get(machine).value(state[machine]))) {
        return false;
      }
    }
    return receptions(state, prompt.channel()).length > 0;
  }

  /** While a message is under way, time limits run out only for {@link Fault#IMPATIENCE}. */
  private boolean mayMoveAlone(int[] state, int machine) {
    for (Move move : aloneIn(machine, state[machine])) {
      Fault price = move.turn.urgency() == Turn.Urgency.LIMIT ? Fault.IMPATIENCE : move.turn.price();
      if (price == null || Budget.left(state[budgetAt], price) > 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean containsProgress(Move[] moves) {
    for (Move move : moves) {
      if (move.turn.price() == null && move.turn.urgency() != Turn.Urgency.PAUSE
          && move.turn.urgency() != Turn.Urgency.LIMIT) {
        return true;
      }
    }
    return false;
  }

  private int show(int[] state, Move[] moves, int firstOrdinal, boolean quiet, Visitor visitor) {
    int ordinal = firstOrdinal;
    for (Move move : moves) {
      Fault price = move.turn.price();
      if (move.turn.urgency() == Turn.Urgency.LIMIT) {
        price = quiet ? null : Fault.IMPATIENCE;
      }
      if (price == null || Budget.left(state[budgetAt], price) > 0) {
        apply(state, move);
        if (price != null) {
          next[budgetAt] = Budget.less(next[budgetAt], price);
        }
        visitor.visit(next, ordinal, move, price != null);
      }
      ordinal++;
    }
    return ordinal;
  }

  private void apply(int[] state, Move move) {
    System.arraycopy(state, 0, next, 0, next.length);
    if (move.channel >= 0) {
      int at = machines + move.channel;
      next[at] = sequences.rest(next[at]);
    }
    next[move.machine] = move.next;
    for (int channel : move.emptied) {
      next[machines + channel] = Sequences.EMPTY;
    }
    for (int i = 0; i < move.channels.length; i++) {
      int at = machines + move.channels[i];
      next[at] = sequences.append(next[at], move.messages[i]);
    }
    for (int i = 0; i < move.struck.length; i++) {
      next[move.struck[i]] = struck(move.struck[i], next[move.struck[i]], move.blows[i]);
    }
  }

  // ---- what machines do, worked out once

  private Move[] receptions(int[] state, int channel) {
    int machine = layout.channels().get(channel).to();
    int message = sequences.head(state[machines + channel]);
    int known = received[machine].get(state[machine], message);
    if (known < 0) {
      known = kept.size();
      List<Turn> turns =
          machine(machine).receive(states.get(machine).value(state[machine]), messages.value(message));
      kept.add(numbered(turns, machine, channel));
      received[machine].put(state[machine], message, known);
    }
    return kept.get(known);
  }

  private Move[] aloneIn(int machine, int number) {
    List<Move[]> known = alone.get(machine);
    while (known.size() <= number) {
      known.add(null);
    }
    Move[] moves = known.get(number);
    if (moves == null) {
      moves = numbered(machine(machine).alone(states.get(machine).value(number)), machine, -1);
      known.set(number, moves);
    }
    return moves;
  }

  private Move[] numbered(List<Turn> turns, int machine, int channel) {
    return turns.isEmpty()
        ? NONE
        : turns.stream().map(turn -> new Move(turn, machine, channel, this)).toArray(Move[]::new);
  }

  private int struck(int machine, int number, int blow) {
    int known = struckTo[machine].get(number, blow);
    if (known < 0) {
      known = states.get(machine)
          .number(machine(machine).struck(states.get(machine).value(number), messages.value(blow)));
      struckTo[machine].put(number, blow, known);
    }
    return known;
  }

  @SuppressWarnings("unchecked")
  private Machine<Object> machine(int number) {
    return (Machine<Object>) layout.machines().get(number).machine();
  }

  // ---- for fairness

  /**
   * What waits to happen in a state: messages that would be taken, and what machines would do of themselves, time limits included, since time
   * passes. Named so that the same thing has the same name in all states.
   */
  List<String> pending(int[] state) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < channels; c++) {
      if (state[machines + c] != Sequences.EMPTY && Arrays.stream(receptions(state, c)).anyMatch(m -> !m.isFault())) {
        names.add(layout.channels().get(c).name());
      }
    }
    for (int m = 0; m < machines; m++) {
      for (Move move : aloneIn(m, state[m])) {
        if (!move.isFault()) {
          names.add(nameOf(move));
        }
      }
    }
    return names;
  }

  String nameOf(Move move) {
    return move.channel >= 0
        ? layout.channels().get(move.channel).name()
        : layout.machines().get(move.machine).name() + ": " + move.turn.text();
  }
}

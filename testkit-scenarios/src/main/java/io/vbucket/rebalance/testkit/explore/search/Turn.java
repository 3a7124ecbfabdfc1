package io.vbucket.rebalance.testkit.explore.search;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that a machine does.
 *
 * @param next its state afterwards
 * @param sends messages, in their order
 * @param emptied channels whose content is lost
 * @param blows what happens to other machines in the same moment
 * @param price the fault that it is, or null
 * @param urgency when it may happen
 * @param text in words, for a schedule
 * @param breach the invariant that it breaks and how, or null
 */
public record Turn(
    Object next, List<Send> sends, List<Integer> emptied, List<Blow> blows, Fault price, Urgency urgency, String text,
    Breach breach) {

  /** @param channel by the number that the {@link Layout} gives it */
  public record Send(int channel, Object message) {}

  /** @param machine by the number that the {@link Layout} gives it */
  public record Blow(int machine, Object what) {}

  /**
   * @param invariant its name
   * @param text what was seen
   */
  public record Breach(String invariant, String text) {}

  /** When something may happen. */
  public enum Urgency {
    /** At any time, and it will in the end. */
    NORMAL,
    /**
     * The same, and it touches nothing that anything else looks at or changes, so that it does not matter when it happens: it is done at once, and no
     * other order is tried.
     */
    AT_ONCE,
    /** A pause is over: at any time, but a pause is nothing that others would have to wait for. */
    PAUSE,
    /**
     * A time limit: it runs out by itself only when nothing but pauses is left that could happen, since limits are much longer than anything that
     * works takes; earlier for {@link Fault#IMPATIENCE}.
     */
    LIMIT
  }

  public Turn {
    sends = List.copyOf(sends);
    emptied = List.copyOf(emptied);
    blows = List.copyOf(blows);
  }

  public static Turn to(Object next, String text) {
    return new Turn(next, List.of(), List.of(), List.of(), null, Urgency.NORMAL, text, null);
  }

  public Turn sending(int channel, Object message) {
    List<Send> more = new ArrayList<>(sends);
    more.add(new Send(channel, message));
    return new Turn(next, more, emptied, blows, price, urgency, text, breach);
  }

  public Turn emptying(int channel) {
    List<Integer> more = new ArrayList<>(emptied);
    more.add(channel);
    return new Turn(next, sends, more, blows, price, urgency, text, breach);
  }

  public Turn striking(int machine, Object what) {
    List<Blow> more = new ArrayList<>(blows);
    more.add(new Blow(machine, what));
    return new Turn(next, sends, emptied, more, price, urgency, text, breach);
  }

  public Turn leadingTo(Object newNext) {
    return new Turn(newNext, sends, emptied, blows, price, urgency, text, breach);
  }

  public Turn saying(String newText) {
    return new Turn(next, sends, emptied, blows, price, urgency, newText, breach);
  }

  public Turn at(Fault newPrice) {
    return new Turn(next, sends, emptied, blows, newPrice, urgency, text, breach);
  }

  public Turn when(Urgency newUrgency) {
    return new Turn(next, sends, emptied, blows, price, newUrgency, text, breach);
  }

  public Turn breaking(String invariant, String what) {
    return new Turn(next, sends, emptied, blows, price, urgency, text, new Breach(invariant, what));
  }
}

package io.vbucket.rebalance.testkit.explore.search;

import java.util.List;

/**
 * Which machines there are and what connects them.
 *
 * @param machines in the order of their numbers
 * @param channels in the order of their numbers
 */
public record Layout(List<Named> machines, List<Channel> channels) {
  /**
   * @param machine what it is; any kind of state
   * @param judged whether {@link Rule}s look at it
   */
  public record Named(String name, Machine<?> machine, boolean judged) {}

  /**
   * First in, first out.
   *
   * @param from sender for schedules, by number; a channel may have several
   * @param to receiver, by number
   */
  public record Channel(String name, int from, int to) {}

  public Layout {
    machines = List.copyOf(machines);
    channels = List.copyOf(channels);
  }
}

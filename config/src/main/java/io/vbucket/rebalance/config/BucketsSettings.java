package io.vbucket.rebalance.config;

/**
 * Several buckets of one cluster.
 *
 * @param inParallel how many are rebalanced at the same time, 1 to 16; the limits of moves hold for all of them together
 */
public record BucketsSettings(int inParallel) {
  /** Most buckets that are rebalanced at the same time. */
  public static final int MOST_IN_PARALLEL = 16;

  /**
   * @throws SettingsException when a value is out of its range
   */
  public BucketsSettings {
    new Check().range("in-parallel", inParallel, 1, MOST_IN_PARALLEL).refuseIfWrong();
  }

  static BucketsSettings read(Section section) {
    return section.build(s -> new BucketsSettings(s.integer("in-parallel")));
  }
}

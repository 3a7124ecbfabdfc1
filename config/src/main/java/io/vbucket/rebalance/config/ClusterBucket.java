package io.vbucket.rebalance.config;

import java.util.Comparator;

/**
 * A bucket of a cluster file.
 *
 * @param name 1 to 100 letters, digits, dots, dashes, underscores, percent signs
 * @param priority 0 to 1000; of several buckets those with a higher one are rebalanced first
 */
public record ClusterBucket(String name, int priority) {
  /** Those with a higher priority first; a stable sort leaves equal ones as they are. */
  public static final Comparator<ClusterBucket> FIRST_ONES_FIRST =
      Comparator.comparingInt(ClusterBucket::priority).reversed();

  private static final int HIGHEST = 1_000;

  /**
   * @throws SettingsException when a component is out of its range
   */
  public ClusterBucket {
    boolean named = name != null && name.matches("[A-Za-z0-9._%-]{1,100}");
    new Check()
        .that("name", "\"" + name + "\"", named, "1 to 100 letters, digits, '.', '-', '_' and '%'")
        .range("priority", priority, 0, HIGHEST)
        .refuseIfWrong();
  }

  /** A bucket like any other. */
  public static ClusterBucket named(String name) {
    return new ClusterBucket(name, 0);
  }
}

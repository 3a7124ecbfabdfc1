package io.vbucket.rebalance.orchestrator.survey;

import java.util.HashMap;
import java.util.Map;

/**
 * How large a node's copies are, in bytes, as its {@code vbucket-details} tell. A node tells what a copy takes on disk ({@code db_data_size}) and in memory
 * ({@code ht_item_memory}): what was just written is in memory first, what was evicted is on disk only, so the larger of both counts.
 */
final class CopySizes {
  private static final String PREFIX = "vb_";

  private CopySizes() {}

  /** By vBucket. A copy of which the node tells neither, or no number, is left out: its size is not known. */
  static Map<Integer, Long> of(Map<String, String> details) {
    Map<Integer, Long> sizes = new HashMap<>();
    details.forEach((key, value) -> {
      int colon = key.indexOf(':');
      if (key.startsWith(PREFIX) && (key.endsWith(":db_data_size") || key.endsWith(":ht_item_memory"))
          && key.substring(PREFIX.length(), colon).matches("[0-9]{1,5}") && value.matches("[0-9]{1,18}")) {
        sizes.merge(Integer.valueOf(key.substring(PREFIX.length(), colon)), Long.valueOf(value), Math::max);
      }
    });
    return sizes;
  }
}

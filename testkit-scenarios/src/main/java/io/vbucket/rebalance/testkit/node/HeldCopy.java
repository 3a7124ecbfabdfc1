package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node holds of one vBucket at one moment.
 *
 * @param topology that it was told last, as JSON; empty for none
 * @param items newest version of each key in the order of their seqnos, deletions included
 * @param highSeqno seqno of the newest of them, 0 when there is none
 * @param failoverLog newest first
 * @param filling whether a stream fills it
 * @param fed how many streams are sent from it
 */
public record HeldCopy(
    VBucketState state, String topology, List<Item> items, long highSeqno, List<FailoverEntry> failoverLog,
    boolean filling, int fed) {
  private static final int MOST_NAMED = 3;

  public HeldCopy {
    items = List.copyOf(items);
    failoverLog = List.copyOf(failoverLog);
  }

  /**
   * Where this copy is not what {@code active} was when it had come as far as this one: a replica that was filled for a while holds just
   * that, item by item. Empty when it is.
   */
  public List<String> differencesFrom(HeldCopy active) {
    List<String> differences = new ArrayList<>();
    if (highSeqno > active.highSeqno) {
      differences.add("has seqno " + highSeqno + ", the active only " + active.highSeqno);
    }
    Map<String, Item> own = byKey(items);
    Map<String, Item> original = byKey(active.items);
    original.forEach((key, item) -> {
      if (item.seqno() <= highSeqno && !(own.containsKey(key) && isSame(item, own.get(key)))) {
        differences.add(own.containsKey(key) ? "has another version of " + key : "lacks " + key);
      }
    });
    own.forEach((key, item) -> {
      if (!original.containsKey(key)) {
        differences.add("has " + key + ", the active does not");
      } else if (original.get(key).seqno() < item.seqno()) {
        differences.add("has a newer version of " + key);
      }
    });
    return differences.size() <= MOST_NAMED
        ? differences
        : List.of(differences.get(0), differences.get(1), "and " + (differences.size() - 2) + " more differences");
  }

  private static Map<String, Item> byKey(List<Item> items) {
    Map<String, Item> byKey = new TreeMap<>();
    items.forEach(item -> byKey.put(new String(item.key(), StandardCharsets.ISO_8859_1), item));
    return byKey;
  }

  private static boolean isSame(Item one, Item other) {
    return one.seqno() == other.seqno()
        && one.revision() == other.revision()
        && one.cas() == other.cas()
        && one.flags() == other.flags()
        && one.expiry() == other.expiry()
        && one.deleted() == other.deleted()
        && Arrays.equals(one.value(), other.value());
  }
}

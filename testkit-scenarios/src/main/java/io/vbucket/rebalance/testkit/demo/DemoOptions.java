package io.vbucket.rebalance.testkit.demo;

import io.vbucket.rebalance.config.BucketsSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.workload.Workload;
import java.util.Set;

/**
 * What a demo does.
 *
 * @param nodes nodes of the cluster, those to be added included
 * @param add names of nodes that own nothing at first and join
 * @param remove names of nodes that leave
 * @param replicas of each vBucket, 0 to 3; they are replicated all the time and compared with their actives at the end
 * @param groups server groups to which the nodes belong in turn, 1 or more
 * @param buckets number of buckets, all alike, 1 to 16
 * @param bucketsInParallel how many of them are rebalanced at the same time, 1 to 16
 * @param vbuckets vBuckets of each bucket
 * @param items documents that are loaded into each bucket
 * @param valueBytes size of each
 * @param retryShare share of takeovers whose destination asks for retries, 0 to 1
 * @param retriesAtMost how often one of them asks, 1 or more
 * @param seed of everything that is random
 */
public record DemoOptions(
    int nodes,
    Set<String> add,
    Set<String> remove,
    int replicas,
    int groups,
    int buckets,
    int bucketsInParallel,
    int vbuckets,
    int items,
    int valueBytes,
    double retryShare,
    int retriesAtMost,
    long seed,
    NodeVersion version,
    Workload.Clients clients) {

  public DemoOptions {
    if (nodes - add.size() < 1) {
      throw new IllegalArgumentException("of " + nodes + " nodes, " + add + " join: at least one must be there before");
    }
    if (vbuckets < 1 || items < 1 || valueBytes < 0) {
      throw new IllegalArgumentException(vbuckets + " vBuckets, " + items + " documents of " + valueBytes
          + " bytes: expected at least 1 vBucket and 1 document, and no size below 0");
    }
    int after = nodes - remove.size();
    int before = nodes - add.size();
    if (replicas < 0 || replicas > 3 || replicas >= Math.min(before, after)) {
      throw new IllegalArgumentException(
          replicas + " replicas on " + before + " nodes before and " + after
              + " afterwards: expected 0 to 3, and fewer than nodes");
    }
    if (groups < 1 || groups > nodes) {
      throw new IllegalArgumentException(groups + " groups of " + nodes + " nodes: expected 1 to " + nodes);
    }
    if (buckets < 1 || buckets > BucketsSettings.MOST_IN_PARALLEL || bucketsInParallel < 1
        || bucketsInParallel > BucketsSettings.MOST_IN_PARALLEL) {
      throw new IllegalArgumentException(buckets + " buckets, " + bucketsInParallel + " at a time: expected 1 to "
          + BucketsSettings.MOST_IN_PARALLEL);
    }
    if (retryShare < 0 || retryShare > 1) {
      throw new IllegalArgumentException("retry share " + retryShare + ": expected 0 to 1");
    }
    if (clients.writers() + clients.deleters() < 1) {
      throw new IllegalArgumentException("no writers and no deleters: at least one is needed");
    }
    add = Set.copyOf(add);
    remove = Set.copyOf(remove);
  }

  /** Whether every copy is read at the end, and not only every document through clients. */
  boolean readsCopies() {
    return replicas > 0 || buckets > 1;
  }
}

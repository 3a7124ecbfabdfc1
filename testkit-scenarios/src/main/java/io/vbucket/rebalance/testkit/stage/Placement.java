package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.HeldCopy;
import io.vbucket.rebalance.testkit.node.NodeSteering;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import java.util.List;
import java.util.Map;

/** Puts the copies of a script's vBuckets onto nodes that have none, and the map that says so. */
record Placement(ClusterShape shape, Map<String, StagedNode> nodes, String bucket) {

  /** Empty actives, and the map of all chains on the nodes that are in it. */
  void activesAndMap() {
    BucketConfig config = config();
    for (String name : shape.members()) {
      nodes.get(name).call(data -> {
        NodeSteering steering = new NodeSteering(data, bucket);
        for (int vbucket = 0; vbucket < shape.vbuckets(); vbucket++) {
          if (shape.owner(vbucket).equals(name)) {
            steering.setState(vbucket, VBucketState.ACTIVE);
          }
        }
        steering.config(config.toJson(), config.epoch(), config.revision());
        return null;
      });
    }
  }

  private BucketConfig config() {
    List<String> servers = shape.members().stream().map(name -> nodes.get(name).server()).toList();
    int[][] chains = new int[shape.vbuckets()][shape.replicas() + 1];
    for (int vbucket = 0; vbucket < chains.length; vbucket++) {
      for (int position = 0; position < chains[vbucket].length; position++) {
        String node = shape.chains().get(vbucket).get(position);
        chains[vbucket][position] = node == null ? -1 : shape.members().indexOf(node);
      }
    }
    return BucketConfig.initial(bucket, servers, shape.replicas(), chains);
  }

  /** Replicas as a cluster manager keeps them: filled from their actives, which were told the topology where they know one. */
  void replicas() {
    for (int vbucket = 0; shape.replicas() > 0 && vbucket < shape.vbuckets(); vbucket++) {
      int number = vbucket;
      List<String> chain = shape.chains().get(vbucket);
      HeldCopy active = nodes.get(chain.get(0)).call(data -> {
        NodeSteering steering = new NodeSteering(data, bucket);
        steering.topology(number, chain);
        return steering.copy(number).orElseThrow();
      });
      chain.stream().skip(1).filter(name -> name != null).forEach(name -> nodes.get(name).call(data -> {
        new NodeSteering(data, bucket).addReplica(number, active);
        return null;
      }));
    }
  }
}

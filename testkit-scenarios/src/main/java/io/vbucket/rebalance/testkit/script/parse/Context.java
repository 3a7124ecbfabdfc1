package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.util.ArrayList;
import java.util.List;

/**
 * What the lines of a script are checked against.
 *
 * @param maxAttempts takeover attempts that the settings allow
 */
record Context(ClusterShape cluster, Ask ask, int maxAttempts, Mistakes mistakes) {
  /** The only consumer, when just one vBucket moves. */
  String consumer() {
    return ask instanceof Ask.OneMove move ? move.to() : null;
  }

  String producer() {
    return ask instanceof Ask.OneMove move ? move.from() : null;
  }

  boolean isNode(String name) {
    return cluster.nodes().contains(name);
  }

  boolean checkNode(ConfigValue at, String name) {
    if (isNode(name)) {
      return true;
    }
    mistakes.add(at, "no node " + name + "; " + Words.hint(name, cluster.nodes()));
    return false;
  }

  boolean checkNodeOrAny(ConfigValue at, String name) {
    if (isNode(name) || name.equals(Trigger.ANYONE)) {
      return true;
    }
    List<String> allowed = new ArrayList<>(cluster.nodes());
    allowed.add(Trigger.ANYONE);
    mistakes.add(at, "no node " + name + "; " + Words.hint(name, allowed));
    return false;
  }

  boolean checkVBucket(ConfigValue at, int vbucket) {
    if (vbucket >= 0 && vbucket < cluster.vbuckets()) {
      return true;
    }
    mistakes.add(at, "vbucket " + vbucket + ": expected 0 to " + (cluster.vbuckets() - 1));
    return false;
  }

  boolean checkAttempt(ConfigValue at, int attempt) {
    if (attempt >= 0 && attempt <= maxAttempts) {
      return true;
    }
    mistakes.add(at, "attempt " + attempt + " never comes: expected 0 (filling the copy) to " + maxAttempts
        + " (rebalance.takeover.max-attempts)");
    return false;
  }
}

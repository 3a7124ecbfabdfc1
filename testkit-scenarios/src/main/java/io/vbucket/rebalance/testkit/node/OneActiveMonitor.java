package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.VBucketState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches several nodes for invariant I1: no vBucket is active on two of them at one moment. Nodes may run on several threads: a takeover
 * tells of the source's death before it can tell of the destination's activity, so the order in which they call is the true one.
 */
public final class OneActiveMonitor implements NodeObserver {
  private record Copy(String bucket, int vbucket) {}

  private final Map<Copy, Set<String>> active = new HashMap<>();
  private final Map<String, Set<Copy>> stopped = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private final Consumer<String> onViolation;

  public OneActiveMonitor() {
    this(violation -> {});
  }

  /** @param onViolation is told of every violation, on the thread of the node that became active last */
  public OneActiveMonitor(Consumer<String> onViolation) {
    this.onViolation = onViolation;
  }

  @Override
  public void stateChanged(DataNode node, String bucket, int vbucket, VBucketState before, VBucketState after) {
    String violation = null;
    synchronized (this) {
      Set<String> owners = active.computeIfAbsent(new Copy(bucket, vbucket), any -> new LinkedHashSet<>(2));
      if (after == VBucketState.ACTIVE) {
        owners.add(node.name());
      } else {
        owners.remove(node.name());
      }
      violation = check(bucket, vbucket, owners);
    }
    report(violation);
  }

  private String check(String bucket, int vbucket, Set<String> owners) {
    if (owners.size() < 2) {
      return null;
    }
    String violation = "I1: vb:" + vbucket + " of bucket " + bucket + " is active on " + String.join(" and ", owners);
    violations.add(violation);
    return violation;
  }

  private void report(String violation) {
    if (violation != null) {
      onViolation.accept(violation);
    }
  }

  /** A dead process serves nothing. */
  @Override
  public synchronized void stopped(DataNode node) {
    Set<Copy> lost = new LinkedHashSet<>();
    active.forEach((copy, owners) -> {
      if (owners.remove(node.name())) {
        lost.add(copy);
      }
    });
    stopped.put(node.name(), lost);
  }

  @Override
  public void started(DataNode node) {
    List<String> found = new ArrayList<>();
    synchronized (this) {
      for (Copy copy : stopped.getOrDefault(node.name(), Set.of())) {
        if (node.state(copy.bucket(), copy.vbucket()).orElse(null) == VBucketState.ACTIVE) {
          Set<String> owners = active.get(copy);
          owners.add(node.name());
          String violation = check(copy.bucket(), copy.vbucket(), owners);
          if (violation != null) {
            found.add(violation);
          }
        }
      }
      stopped.remove(node.name());
    }
    found.forEach(this::report);
  }

  /** All violations so far, oldest first. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** @throws IllegalStateException naming the first violation, if there was one */
  public synchronized void assertOneActive() {
    if (!violations.isEmpty()) {
      throw new IllegalStateException(
          violations.get(0) + (violations.size() > 1 ? " and " + (violations.size() - 1) + " more" : ""));
    }
  }
}

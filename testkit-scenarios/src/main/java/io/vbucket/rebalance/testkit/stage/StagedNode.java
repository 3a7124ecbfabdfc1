package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.testkit.node.DataNode;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/** A node of a stage, wherever it runs. */
interface StagedNode {
  String name();

  /** {@code host:port} as the map lists it. */
  String server();

  boolean isUp();

  /** Runs on the node's thread, at once when called there. */
  void execute(Consumer<DataNode> command);

  /** As {@link #execute}, and waits for the result. */
  <T> T call(Function<DataNode, T> question);

  void later(Duration delay, Runnable task);

  /** The process dies. */
  void stop();

  void restart(boolean keepData);
}

package io.vbucket.rebalance.orchestrator.node;

import io.vbucket.rebalance.protocol.Frame;
import java.util.function.Consumer;

/** A connection to a node over which requests go out and answers come in; authenticated, and with its bucket selected. */
public interface NodeChannel {
  void send(Frame frame);

  void close();

  /** Closes it at once: what was sent and has not reached the node yet never will. */
  default void abort() {
    close();
  }

  /** What the node says about a status that has no documented name; empty where it says nothing. */
  default String explain(int status) {
    return "";
  }

  /** How a session gets its connections; over sockets in production, in memory on a simulated stage. */
  @FunctionalInterface
  interface Opener {
    /**
     * Begins to connect. Exactly one of {@code opened} and {@code failed} is called, then {@code received} any number of times, then
     * {@code lost} once; all from one thread, which need not be the caller's.
     *
     * @param presenceName empty, or the DCP connection name under which the run is to be seen on the node
     */
    void open(String presenceName, Listener listener);
  }

  /** Why there is no connection, or none any more; {@code mayPass} when trying again may help without anybody changing something. */
  record Trouble(String what, boolean mayPass) {}

  /** What becomes of a connection. */
  record Listener(
      Consumer<NodeChannel> opened, Consumer<Frame> received, Consumer<Trouble> failed, Consumer<Trouble> lost) {}
}

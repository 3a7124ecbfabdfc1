package io.vbucket.rebalance.testkit.node;

/** A node cannot listen where it shall; the message names the node, the address and the reason. */
public final class PortTakenException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * @param what for what the node listens there
   * @param hostAndPort where
   */
  public PortTakenException(String node, String what, String hostAndPort, Throwable cause) {
    super("node " + node + " cannot listen for " + what + " on " + hostAndPort + ": " + cause.getMessage(), cause);
  }
}

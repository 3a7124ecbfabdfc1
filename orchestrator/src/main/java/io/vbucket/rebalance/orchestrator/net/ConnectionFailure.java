package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.config.NodeAddress;

/**
 * A connection that could not be made or was lost. Its message names the node, what was expected, what came and what can be done; it never
 * holds a password.
 */
public final class ConnectionFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure, for those who decide what follows from it. */
  public enum Kind {
    /** Nobody listens there, or the name cannot be resolved. */
    UNREACHABLE,
    /** No connection, or no answer, within the limit. */
    TIMED_OUT,
    /** User or password wrong, or no way to authenticate that both sides know. */
    AUTHENTICATION,
    /** The bucket does not exist or the user may not use it. */
    NO_BUCKET,
    /** What came is not the protocol of a data node. */
    NOT_A_DATA_NODE,
    /** No TLS, or not with a certificate that can be trusted. */
    TLS,
    /** The node is too old for what is asked of it. */
    UNSUITABLE,
    /** The node refused a step of the set-up, and would do so again. */
    REFUSED,
    /** The node refused a step of the set-up, and may do it later. */
    NOT_NOW,
    /** The connection stood and was closed, by the peer or by an error. */
    LOST
  }

  private final Kind kind;
  private final NodeAddress node;

  public ConnectionFailure(Kind kind, NodeAddress node, String what) {
    this(kind, node, what, null);
  }

  public ConnectionFailure(Kind kind, NodeAddress node, String what, Throwable cause) {
    super("node " + node.name() + " (" + node.hostAndPort() + "): " + what, cause);
    this.kind = kind;
    this.node = node;
  }

  public Kind kind() {
    return kind;
  }

  public NodeAddress node() {
    return node;
  }

  /** Whether trying again may help without anybody changing a setting or the node. */
  public boolean mayPass() {
    return kind == Kind.UNREACHABLE || kind == Kind.TIMED_OUT || kind == Kind.LOST || kind == Kind.NOT_NOW;
  }

  /** Whether the node itself does not allow it: user, password, privilege, bucket, or something that its version does not know. */
  public boolean isRefusal() {
    return kind == Kind.AUTHENTICATION || kind == Kind.NO_BUCKET || kind == Kind.REFUSED || kind == Kind.UNSUITABLE;
  }
}

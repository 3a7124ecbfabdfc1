package io.vbucket.rebalance.testkit.node.subdoc;

import io.vbucket.rebalance.protocol.Status;

/** An operation on a part of a document cannot be done; the status says why. */
public final class SubdocException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public SubdocException(int status) {
    super(Status.nameOf(status), null, false, false);
    this.status = status;
  }

  /** One of {@link Status}. */
  public int status() {
    return status;
  }
}

package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;

/** What a node is told about one connection. Call it on the node's thread only. */
public interface PeerSession {
  void received(Frame frame);

  /** The client showed a certificate that the node trusts: it needs no password. */
  void certified();

  /** The connection is gone. Told once; nothing may follow. */
  void closed();

  /** The connection takes frames again. */
  void writable();

  /** The name of its DCP connection, or empty. */
  String dcpName();

  /** Whether it is a DCP producer: its peer's BUFFER_ACKs must be read even while it cannot be written to. */
  boolean isProducer();
}

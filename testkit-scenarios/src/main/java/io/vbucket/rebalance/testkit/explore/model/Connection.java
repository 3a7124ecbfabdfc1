package io.vbucket.rebalance.testkit.explore.model;

/** A node's end of its connection of the link. */
public enum Connection {
  /** There is none, or the node has dropped it. */
  NONE,
  UP,
  /**
   * The link has lost it, the node does not know: it goes on with what it had received, and what it sends reaches nobody. That it may notice at any
   * time is not a step of its own: until the link sees to it that the connection is dropped it may just as well do nothing more.
   */
  CUT;

  /** What the link does to a node's end. */
  public enum Blow {
    OPENED,
    LOST,
    DROPPED
  }
}

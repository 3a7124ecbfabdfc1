package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.ByteBuf;

/**
 * One of a link's two connections, as its relay sees it: a socket in production, a queue on a simulated stage. Used by one thread only.
 */
public interface LinkPort {
  /** Appends {@code bytes} to what is to be sent, and releases them when they are. */
  void write(ByteBuf bytes);

  /** Sends what was written. */
  void flush();

  /** Whether little enough waits to be sent that the other side may be read on. */
  boolean isWritable();

  /** Stops or resumes reading. */
  void setReading(boolean on);

  void close();
}

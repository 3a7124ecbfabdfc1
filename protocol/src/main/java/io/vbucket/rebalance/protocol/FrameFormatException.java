package io.vbucket.rebalance.protocol;

/**
 * Bytes that are no frame, or a frame whose parts contradict each other or its opcode. The only exception that decoding throws:
 * its message names what was wrong, what was expected and where. The connection that sent such bytes cannot be trusted any more.
 */
public final class FrameFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FrameFormatException(String message) {
    super(message);
  }
}

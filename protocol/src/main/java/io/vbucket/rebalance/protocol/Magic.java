package io.vbucket.rebalance.protocol;

/** First byte of a frame: who speaks, and whether framing extras follow the header. */
public final class Magic {
  /** Request with a 2-byte key length. */
  public static final int REQUEST = 0x80;
  /** Response with a 2-byte key length. */
  public static final int RESPONSE = 0x81;
  /** Request whose byte 2 is the framing-extras length and byte 3 the key length. */
  public static final int FLEXIBLE_REQUEST = 0x08;
  /** Response whose byte 2 is the framing-extras length and byte 3 the key length. */
  public static final int FLEXIBLE_RESPONSE = 0x18;
  /** Request of a server to a client that negotiated duplex. */
  public static final int SERVER_REQUEST = 0x82;
  /** A client's response to {@link #SERVER_REQUEST}. */
  public static final int SERVER_RESPONSE = 0x83;

  private Magic() {}

  public static boolean isKnown(int magic) {
    return switch (magic) {
      case REQUEST, RESPONSE, FLEXIBLE_REQUEST, FLEXIBLE_RESPONSE, SERVER_REQUEST, SERVER_RESPONSE -> true;
      default -> false;
    };
  }

  static FrameFormatException unknown(int magic) {
    return new FrameFormatException(
        String.format("unknown magic 0x%02x: expected one of 0x80 0x81 0x08 0x18 0x82 0x83", magic));
  }

  public static boolean isRequest(int magic) {
    return magic == REQUEST || magic == FLEXIBLE_REQUEST || magic == SERVER_REQUEST;
  }

  public static boolean isFlexible(int magic) {
    return magic == FLEXIBLE_REQUEST || magic == FLEXIBLE_RESPONSE;
  }

  /** The magic of the answer to a request of {@code magic}. */
  public static int responseTo(int magic) {
    return magic == SERVER_REQUEST ? SERVER_RESPONSE : RESPONSE;
  }
}

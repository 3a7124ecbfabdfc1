package io.vbucket.rebalance.protocol;

/** Status codes of responses, under their documented names. */
public final class Status {
  public static final int SUCCESS = 0x00;
  public static final int KEY_ENOENT = 0x01;
  public static final int KEY_EEXISTS = 0x02;
  public static final int E2BIG = 0x03;
  public static final int EINVAL = 0x04;
  public static final int NOT_STORED = 0x05;
  public static final int DELTA_BADVAL = 0x06;
  public static final int NOT_MY_VBUCKET = 0x07;
  public static final int NO_BUCKET = 0x08;
  public static final int LOCKED = 0x09;
  public static final int DCP_STREAM_NOT_FOUND = 0x0a;
  public static final int OPAQUE_NO_MATCH = 0x0b;
  public static final int NOT_LOCKED = 0x0e;
  public static final int AUTH_STALE = 0x1f;
  public static final int AUTH_ERROR = 0x20;
  public static final int AUTH_CONTINUE = 0x21;
  public static final int ERANGE = 0x22;
  public static final int ROLLBACK = 0x23;
  public static final int EACCESS = 0x24;
  public static final int UNKNOWN_COMMAND = 0x81;
  public static final int ENOMEM = 0x82;
  public static final int NOT_SUPPORTED = 0x83;
  public static final int EINTERNAL = 0x84;
  public static final int EBUSY = 0x85;
  public static final int ETMPFAIL = 0x86;
  public static final int UNKNOWN_COLLECTION = 0x88;
  public static final int SUBDOC_PATH_ENOENT = 0xc0;
  public static final int SUBDOC_PATH_MISMATCH = 0xc1;
  public static final int SUBDOC_PATH_EINVAL = 0xc2;
  public static final int SUBDOC_PATH_E2BIG = 0xc3;
  public static final int SUBDOC_VALUE_CANTINSERT = 0xc5;
  public static final int SUBDOC_DOC_NOTJSON = 0xc6;
  public static final int SUBDOC_NUM_ERANGE = 0xc7;
  public static final int SUBDOC_DELTA_EINVAL = 0xc8;
  public static final int SUBDOC_PATH_EEXISTS = 0xc9;
  public static final int SUBDOC_INVALID_COMBO = 0xcb;
  public static final int SUBDOC_MULTI_PATH_FAILURE = 0xcc;
  public static final int SUBDOC_XATTR_UNKNOWN_MACRO = 0xd0;
  public static final int SUBDOC_XATTR_CANT_MODIFY_VATTR = 0xd2;

  private Status() {}

  /** The documented name, or {@code 0x..} for a status that this project gives no meaning to. */
  public static String nameOf(int status) {
    return switch (status) {
      case SUCCESS -> "SUCCESS";
      case KEY_ENOENT -> "KEY_ENOENT";
      case KEY_EEXISTS -> "KEY_EEXISTS";
      case E2BIG -> "E2BIG";
      case EINVAL -> "EINVAL";
      case NOT_STORED -> "NOT_STORED";
      case DELTA_BADVAL -> "DELTA_BADVAL";
      case NOT_MY_VBUCKET -> "NOT_MY_VBUCKET";
      case NO_BUCKET -> "NO_BUCKET";
      case LOCKED -> "LOCKED";
      case DCP_STREAM_NOT_FOUND -> "DCP_STREAM_NOT_FOUND";
      case OPAQUE_NO_MATCH -> "OPAQUE_NO_MATCH";
      case NOT_LOCKED -> "NOT_LOCKED";
      case AUTH_STALE -> "AUTH_STALE";
      case AUTH_ERROR -> "AUTH_ERROR";
      case AUTH_CONTINUE -> "AUTH_CONTINUE";
      case ERANGE -> "ERANGE";
      case ROLLBACK -> "ROLLBACK";
      case EACCESS -> "EACCESS";
      case UNKNOWN_COMMAND -> "UNKNOWN_COMMAND";
      case ENOMEM -> "ENOMEM";
      case NOT_SUPPORTED -> "NOT_SUPPORTED";
      case EINTERNAL -> "EINTERNAL";
      case EBUSY -> "EBUSY";
      case ETMPFAIL -> "ETMPFAIL";
      case UNKNOWN_COLLECTION -> "UNKNOWN_COLLECTION";
      case SUBDOC_PATH_ENOENT -> "SUBDOC_PATH_ENOENT";
      case SUBDOC_PATH_MISMATCH -> "SUBDOC_PATH_MISMATCH";
      case SUBDOC_PATH_EINVAL -> "SUBDOC_PATH_EINVAL";
      case SUBDOC_PATH_E2BIG -> "SUBDOC_PATH_E2BIG";
      case SUBDOC_VALUE_CANTINSERT -> "SUBDOC_VALUE_CANTINSERT";
      case SUBDOC_DOC_NOTJSON -> "SUBDOC_DOC_NOTJSON";
      case SUBDOC_NUM_ERANGE -> "SUBDOC_NUM_ERANGE";
      case SUBDOC_DELTA_EINVAL -> "SUBDOC_DELTA_EINVAL";
      case SUBDOC_PATH_EEXISTS -> "SUBDOC_PATH_EEXISTS";
      case SUBDOC_INVALID_COMBO -> "SUBDOC_INVALID_COMBO";
      case SUBDOC_MULTI_PATH_FAILURE -> "SUBDOC_MULTI_PATH_FAILURE";
      case SUBDOC_XATTR_UNKNOWN_MACRO -> "SUBDOC_XATTR_UNKNOWN_MACRO";
      case SUBDOC_XATTR_CANT_MODIFY_VATTR -> "SUBDOC_XATTR_CANT_MODIFY_VATTR";
      default -> String.format("0x%02x", status);
    };
  }

  /** Whether the same request may succeed later without anybody's help: ETMPFAIL, EBUSY, ENOMEM. */
  public static boolean isTemporary(int status) {
    return status == ETMPFAIL || status == EBUSY || status == ENOMEM;
  }

  /**
   * Whether a CLOSE_STREAM answered so leaves no stream behind. A stream that is not there is as good as closed; nodes that
   * negotiated v7 status codes say so with {@link #DCP_STREAM_NOT_FOUND}.
   */
  public static boolean meansClosed(int status) {
    return status == SUCCESS || status == KEY_ENOENT || status == DCP_STREAM_NOT_FOUND;
  }
}

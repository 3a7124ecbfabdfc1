package io.vbucket.rebalance.testkit.script;

import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Frames and statuses by the names that scripts use: the documented ones, without the prefix DCP_. */
public final class FrameNames {
  private static final Map<String, Integer> OPCODES = new LinkedHashMap<>();
  private static final Map<String, Integer> STATUSES = new LinkedHashMap<>();

  static {
    for (int opcode : new int[] {
      Opcode.DCP_ADD_STREAM, Opcode.DCP_CLOSE_STREAM, Opcode.DCP_STREAM_REQ, Opcode.DCP_STREAM_END,
      Opcode.DCP_SET_VBUCKET_STATE, Opcode.DCP_SNAPSHOT_MARKER, Opcode.DCP_MUTATION, Opcode.DCP_DELETION,
      Opcode.DCP_BUFFER_ACK, Opcode.DCP_NOOP, Opcode.DCP_CONTROL, Opcode.DCP_OPEN, Opcode.DCP_RETRY_REQUEST,
      Opcode.SET_VBUCKET, Opcode.GET_VBUCKET, Opcode.DEL_VBUCKET, Opcode.STAT, Opcode.SEQNO_PERSISTENCE,
      Opcode.GET_ALL_VB_SEQNOS, Opcode.OBSERVE_SEQNO, Opcode.SET_CLUSTER_CONFIG, Opcode.GET_CLUSTER_CONFIG,
      Opcode.HELLO,
      Opcode.SASL_AUTH, Opcode.SELECT_BUCKET, Opcode.GET}) {
      OPCODES.put(nameOf(opcode), opcode);
    }
    for (int status = 0; status <= 0xff; status++) {
      String name = Status.nameOf(status);
      if (!name.startsWith("0x")) {
        STATUSES.put(name, status);
      }
    }
  }

  private FrameNames() {}

  public static String nameOf(int opcode) {
    return opcode == Opcode.DCP_RETRY_REQUEST ? "RETRY_REQUEST" : Opcode.nameOf(opcode).replaceFirst("^DCP_", "");
  }

  public static Optional<Integer> opcode(String name) {
    return Optional.ofNullable(OPCODES.get(name));
  }

  public static Optional<Integer> status(String name) {
    return Optional.ofNullable(STATUSES.get(name));
  }

  public static Iterable<String> frames() {
    return OPCODES.keySet();
  }

  public static Iterable<String> statuses() {
    return STATUSES.keySet();
  }
}

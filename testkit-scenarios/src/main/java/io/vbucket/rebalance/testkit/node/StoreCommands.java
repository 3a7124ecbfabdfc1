package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.subdoc.Xattrs;
import java.nio.ByteBuffer;

/** Operations that write a whole document. What clients write does not touch its extended attributes. */
final class StoreCommands {
  /** A counter with this expiry is not created. */
  private static final int DO_NOT_CREATE = -1;
  private static final int LONGEST_NUMBER = 20;

  private StoreCommands() {}

  /** SET, ADD, REPLACE. */
  static void store(KvRequest request) {
    Frame frame = request.frame();
    Kv.Store store = Kv.Store.of(frame);
    Item live = request.live();
    if (store.opcode() == Opcode.ADD && live != null) {
      request.refuse(Status.KEY_EEXISTS);
    } else if (store.opcode() == Opcode.REPLACE && live == null) {
      request.refuse(Status.KEY_ENOENT);
    } else if (!request.refusesByCas(store.cas()) && request.hasRoomFor(store.value().length)) {
      write(request, store.value(), frame.datatype(), store.flags(), request.expiry(store.expiry()), Frame.NOTHING);
    }
  }

  /** Writes a body; attributes come with it when the client says so, or stay as they are. */
  private static void write(
      KvRequest request, byte[] value, int saidDatatype, int flags, int expiry, byte[] answered) {
    Item live = request.live();
    byte[] kept = value;
    byte[] body = value;
    boolean attributes = (saidDatatype & Datatypes.XATTR) != 0;
    if (attributes) {
      try {
        body = Xattrs.bodyOf(value);
        Xattrs.of(value);
      } catch (IllegalArgumentException noAttributes) {
        request.refuse(Status.EINVAL);
        return;
      }
    } else if (live != null && (live.datatype() & Datatypes.XATTR) != 0) {
      attributes = true;
      kept = Xattrs.of(live.value()).before(value);
    }
    int datatype = Datatypes.ofBody(request.peer(), request.frame(), body) | (attributes ? Datatypes.XATTR : 0);
    request.change(request.next(kept, flags, expiry, datatype, false), Status.SUCCESS, answered);
  }

  /** APPEND, PREPEND. */
  static void extend(KvRequest request) {
    Item live = request.live();
    if (live == null) {
      request.refuse(Status.NOT_STORED);
      return;
    }
    if (request.refusesByCas(request.frame().cas())) {
      return;
    }
    byte[] old = KvRequest.body(live);
    byte[] more = request.frame().value();
    if (!request.hasRoomFor(old.length + more.length)) {
      return;
    }
    boolean append = request.frame().opcode() == Opcode.APPEND;
    byte[] joined = ByteBuffer.allocate(old.length + more.length).put(append ? old : more).put(append ? more : old)
        .array();
    write(request, joined, 0, live.flags(), live.expiry(), Frame.NOTHING);
  }

  /** INCREMENT, DECREMENT. Extras, 20 bytes: 0 difference(8), 8 initial(8), 16 expiry(4). The number is kept as text. */
  static void count(KvRequest request) {
    if (request.frame().extras().length != 20) {
      request.refuse(Status.EINVAL);
      return;
    }
    ByteBuffer extras = ByteBuffer.wrap(request.frame().extras());
    Item live = request.live();
    if (live == null && extras.getInt(16) == DO_NOT_CREATE) {
      request.refuse(Status.KEY_ENOENT);
      return;
    }
    if (live != null && request.refusesByCas(request.frame().cas())) {
      return;
    }
    long number = extras.getLong(8);
    if (live != null) {
      String text = new String(KvRequest.body(live), US_ASCII);
      if (!text.matches("[0-9]{1," + LONGEST_NUMBER + "}")) {
        request.refuse(Status.DELTA_BADVAL);
        return;
      }
      number = counted(Long.parseUnsignedLong(text), extras.getLong(0), request.frame().opcode());
    }
    int expiry = live == null ? request.expiry(extras.getInt(16)) : live.expiry();
    byte[] text = Long.toUnsignedString(number).getBytes(US_ASCII);
    if (request.hasRoomFor(text.length)) {
      byte[] answered = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
      write(request, text, 0, live == null ? 0 : live.flags(), expiry, answered);
    }
  }

  /** Unsigned; up it wraps, down it stops at 0. */
  private static long counted(long number, long difference, int opcode) {
    if (opcode == Opcode.INCREMENT) {
      return number + difference;
    }
    return Long.compareUnsigned(difference, number) > 0 ? 0 : number - difference;
  }
}

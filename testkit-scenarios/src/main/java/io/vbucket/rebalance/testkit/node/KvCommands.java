package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What clients ask of an active vBucket. Other states: pending parks the operation, the rest is NOT_MY_VBUCKET. */
final class KvCommands {
  private static final int LONGEST_KEY = 250;

  private KvCommands() {}

  static boolean owns(int opcode) {
    return switch (opcode) {
      case Opcode.GET, Opcode.GETK, Opcode.SET, Opcode.ADD, Opcode.REPLACE, Opcode.DELETE, Opcode.TOUCH -> true;
      default -> false;
    };
  }

  static void perform(Peer peer, Bucket bucket, Frame frame) {
    VBucket vb = bucket.find(frame.vbucket());
    if (vb == null || vb.state == VBucketState.REPLICA || vb.state == VBucketState.DEAD) {
      peer.answerNotMyVBucket(frame);
      return;
    }
    if (vb.state == VBucketState.PENDING) {
      vb.parked.add(new VBucket.Parked(peer, frame));
      return;
    }
    byte[] key = frame.key();
    if (peer.has(Feature.COLLECTIONS)) {
      if (key.length == 0 || key[0] != 0) {
        peer.answer(frame, Status.UNKNOWN_COLLECTION);
        return;
      }
      key = Arrays.copyOfRange(key, 1, key.length);
    }
    if (key.length == 0 || key.length > LONGEST_KEY) {
      peer.answer(frame, Status.EINVAL);
      return;
    }
    Item item = vb.items.find(key);
    Item live = item == null || item.deleted() ? null : item;
    switch (frame.opcode()) {
      case Opcode.GET, Opcode.GETK -> get(peer, frame, live);
      case Opcode.DELETE -> delete(peer, bucket, vb, frame, live);
      case Opcode.TOUCH -> touch(peer, bucket, vb, frame, live);
      default -> store(peer, bucket, vb, Kv.Store.of(frame), frame, key, item, live);
    }
  }

  private static void get(Peer peer, Frame frame, Item live) {
    if (live == null) {
      peer.answer(frame, Status.KEY_ENOENT);
      return;
    }
    byte[] flags = ByteBuffer.allocate(4).putInt(live.flags()).array();
    byte[] key = frame.opcode() == Opcode.GETK ? frame.key() : Frame.NOTHING;
    Frame answer = Frame.response(frame, Status.SUCCESS, flags, key, live.value()).withCas(live.cas());
    int datatype = peer.has(Feature.JSON) ? live.datatype() : live.datatype() & ~Frame.DATATYPE_JSON;
    peer.send(datatype == 0 ? answer : answer.withDatatype(datatype), frame.vbucket());
  }

  private static void store(
      Peer peer, Bucket bucket, VBucket vb, Kv.Store request, Frame frame, byte[] key, Item item, Item live) {
    NodeSettings settings = peer.node().settings();
    int status;
    if (request.opcode() == Opcode.ADD) {
      status = live != null ? Status.KEY_EEXISTS : Status.SUCCESS;
    } else if (live == null) {
      boolean mustExist = request.opcode() == Opcode.REPLACE || request.cas() != 0;
      status = mustExist ? Status.KEY_ENOENT : Status.SUCCESS;
    } else {
      status = request.cas() != 0 && request.cas() != live.cas() ? Status.KEY_EEXISTS : Status.SUCCESS;
    }
    if (status == Status.SUCCESS && request.value().length > settings.maxValueBytes()) {
      status = Status.E2BIG;
    } else if (status == Status.SUCCESS && live == null && vb.items.documents() >= settings.maxItemsPerVBucket()) {
      status = Status.ETMPFAIL;
    }
    if (status != Status.SUCCESS) {
      peer.answer(frame, status);
      return;
    }
    change(peer, bucket, vb, frame,
        new Item(key, request.value(), vb.highSeqno() + 1, nextRevision(item), vb.maxCas + 1,
            request.flags(), request.expiry(), frame.datatype(), false));
  }

  private static void delete(Peer peer, Bucket bucket, VBucket vb, Frame frame, Item live) {
    if (live == null || frame.cas() != 0 && frame.cas() != live.cas()) {
      peer.answer(frame, live == null ? Status.KEY_ENOENT : Status.KEY_EEXISTS);
      return;
    }
    change(peer, bucket, vb, frame,
        new Item(live.key(), Frame.NOTHING, vb.highSeqno() + 1, nextRevision(live), vb.maxCas + 1, 0, 0, 0, true));
  }

  private static void touch(Peer peer, Bucket bucket, VBucket vb, Frame frame, Item live) {
    if (live == null || frame.extras().length != 4) {
      peer.answer(frame, live == null ? Status.KEY_ENOENT : Status.EINVAL);
      return;
    }
    int expiry = ByteBuffer.wrap(frame.extras()).getInt();
    change(peer, bucket, vb, frame, new Item(live.key(), live.value(), vb.highSeqno() + 1, nextRevision(live),
        vb.maxCas + 1, live.flags(), expiry, live.datatype(), false));
  }

  private static long nextRevision(Item older) {
    return older == null ? 1 : older.revision() + 1;
  }

  private static void change(Peer peer, Bucket bucket, VBucket vb, Frame frame, Item item) {
    vb.store(item);
    peer.send(Frame.response(frame, Status.SUCCESS).withCas(item.cas()), vb.id);
    bucket.changed(vb);
  }
}

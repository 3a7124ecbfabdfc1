package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FramingExtras;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.subdoc.SubdocException;
import io.vbucket.rebalance.testkit.node.subdoc.Xattrs;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What clients ask of an active vBucket. Other states: pending parks the operation, the rest is NOT_MY_VBUCKET. */
final class KvCommands {
  private static final int LONGEST_KEY = 250;
  private static final int LOCK_SECONDS = 15;
  private static final int LONGEST_LOCK_SECONDS = 30;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private KvCommands() {}

  static boolean owns(int opcode) {
    return switch (opcode) {
      case Opcode.GET, Opcode.GETK, Opcode.SET, Opcode.ADD, Opcode.REPLACE, Opcode.DELETE, Opcode.TOUCH, Opcode.GAT,
          Opcode.APPEND, Opcode.PREPEND, Opcode.INCREMENT, Opcode.DECREMENT, Opcode.GET_LOCKED, Opcode.UNLOCK_KEY,
          Opcode.GET_META -> true;
      default -> SubdocCommands.owns(opcode);
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
    if (frame.framingExtras().length > 0 && FramingExtras.durability(frame).isPresent()) {
      // Sync writes need replicas that acknowledge them, which this node does not have.
      peer.answer(frame, Status.NOT_SUPPORTED);
      return;
    }
    try {
      Item newest = newest(peer, bucket, vb, key);
      Item live = newest == null || newest.deleted() ? null : newest;
      dispatch(new KvRequest(peer, bucket, vb, Datatypes.plain(peer, frame), key, newest, live));
    } catch (SubdocException refused) {
      peer.answer(frame, refused.status());
    }
  }

  /** The newest version. A document whose time is over is deleted when somebody asks for it. */
  private static Item newest(Peer peer, Bucket bucket, VBucket vb, byte[] key) {
    Item item = vb.items.find(key);
    int now = item == null || item.expiry() == 0 || item.deleted() ? 0 : peer.node().clock().epochSeconds();
    if (now == 0 || Integer.compareUnsigned(item.expiry(), now) > 0) {
      return item;
    }
    Item expired = new KvRequest(peer, bucket, vb, null, key, item, item).next(Frame.NOTHING, 0, now, 0, true);
    vb.store(expired);
    bucket.changed(vb);
    return expired;
  }

  private static void dispatch(KvRequest request) {
    switch (request.frame().opcode()) {
      case Opcode.GET, Opcode.GETK -> get(request);
      case Opcode.GET_META -> meta(request);
      case Opcode.DELETE -> delete(request);
      case Opcode.TOUCH, Opcode.GAT -> touch(request);
      case Opcode.SET, Opcode.ADD, Opcode.REPLACE -> StoreCommands.store(request);
      case Opcode.APPEND, Opcode.PREPEND -> StoreCommands.extend(request);
      case Opcode.INCREMENT, Opcode.DECREMENT -> StoreCommands.count(request);
      case Opcode.GET_LOCKED -> lock(request);
      case Opcode.UNLOCK_KEY -> unlock(request);
      default -> SubdocCommands.perform(request);
    }
  }

  private static void get(KvRequest request) {
    if (request.live() == null) {
      request.refuse(Status.KEY_ENOENT);
    } else {
      request.answerDocument(request.live(), request.frame().opcode() == Opcode.GETK);
    }
  }

  /** Extras of the answer: 0 deleted(4), 4 flags(4), 8 expiry(4), 12 revision(8), and 20 datatype(1) when version 2 was asked for. */
  private static void meta(KvRequest request) {
    Item newest = request.newest();
    if (newest == null) {
      request.refuse(Status.KEY_ENOENT);
      return;
    }
    byte[] asked = request.frame().extras();
    boolean datatype = asked.length == 1 && asked[0] == 2;
    ByteBuffer extras = ByteBuffer.allocate(datatype ? 21 : 20).putInt(newest.deleted() ? 1 : 0)
        .putInt(newest.flags()).putInt(newest.expiry()).putLong(newest.revision());
    if (datatype) {
      extras.put((byte) newest.datatype());
    }
    Frame answer = Frame.response(request.frame(), Status.SUCCESS, extras.array(), Frame.NOTHING, Frame.NOTHING);
    request.peer().send(answer.withCas(newest.cas()), request.vb().id);
  }

  /** Attributes of the system outlive the document. */
  private static void delete(KvRequest request) {
    Item live = request.live();
    if (live == null) {
      request.refuse(Status.KEY_ENOENT);
    } else if (!request.refusesByCas(request.frame().cas())) {
      Xattrs kept = (live.datatype() & Datatypes.XATTR) == 0 ? Xattrs.none() : Xattrs.of(live.value()).ofSystem();
      request.change(request.next(kept.alone(), 0, 0, kept.isEmpty() ? 0 : Datatypes.XATTR, true));
    }
  }

  private static void touch(KvRequest request) {
    Item live = request.live();
    if (live == null || request.frame().extras().length != 4) {
      request.refuse(live == null ? Status.KEY_ENOENT : Status.EINVAL);
      return;
    }
    if (request.lock() != null) {
      request.refuse(request.statusOfLocked());
      return;
    }
    int expiry = request.expiry(ByteBuffer.wrap(request.frame().extras()).getInt());
    Item touched = request.next(live.value(), live.flags(), expiry, live.datatype(), false);
    if (request.frame().opcode() == Opcode.TOUCH) {
      request.change(touched);
    } else {
      request.vb().store(touched);
      request.answerDocument(touched, false);
      request.bucket().changed(request.vb());
    }
  }

  /** Extras: nothing, or 0 seconds(4). The document gets a CAS that only the one who locked it knows. */
  private static void lock(KvRequest request) {
    Item live = request.live();
    byte[] extras = request.frame().extras();
    if (live == null || extras.length != 0 && extras.length != 4) {
      request.refuse(live == null ? Status.KEY_ENOENT : Status.EINVAL);
      return;
    }
    if (request.lock() != null) {
      request.refuse(request.statusOfLocked());
      return;
    }
    int asked = extras.length == 0 ? 0 : ByteBuffer.wrap(extras).getInt();
    int seconds = asked < 1 || asked > LONGEST_LOCK_SECONDS ? LOCK_SECONDS : asked;
    VBucket vb = request.vb();
    Item locked = live.withCas(++vb.maxCas);
    vb.items.amend(locked);
    vb.locks.put(ByteBuffer.wrap(live.key()),
        new VBucket.Lock(locked.cas(), request.nowNanos() + seconds * NANOS_PER_SECOND));
    byte[] flags = ByteBuffer.allocate(4).putInt(live.flags()).array();
    request.answerDocument(locked, flags, Frame.NOTHING, locked.cas());
  }

  private static void unlock(KvRequest request) {
    VBucket.Lock lock = request.live() == null ? null : request.lock();
    if (request.live() == null) {
      request.refuse(Status.KEY_ENOENT);
    } else if (lock == null) {
      boolean tells = request.peer().node().settings().version().tellsNotLocked() && request.peer().has(Feature.XERROR);
      request.refuse(tells ? Status.NOT_LOCKED : Status.ETMPFAIL);
    } else if (request.frame().cas() != lock.cas()) {
      request.refuse(request.statusOfLocked());
    } else {
      request.vb().locks.remove(ByteBuffer.wrap(request.key()));
      request.refuse(Status.SUCCESS);
    }
  }
}

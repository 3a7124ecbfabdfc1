package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.node.store.Item;
import io.vbucket.rebalance.testkit.node.subdoc.Xattrs;
import java.nio.ByteBuffer;

/**
 * A client's operation on one document of an active vBucket, and the ways to end it.
 *
 * @param key without its collection
 * @param newest the newest version, which may be a tombstone, or null
 * @param live the document, or null when there is none
 */
record KvRequest(Peer peer, Bucket bucket, VBucket vb, Frame frame, byte[] key, Item newest, Item live) {
  private static final int LONGEST_RELATIVE_EXPIRY = 30 * 24 * 60 * 60;
  /** What a locked document shows instead of its CAS. */
  private static final long LOCKED_CAS = -1L;

  void refuse(int status) {
    peer.answer(frame, status);
  }

  long nowNanos() {
    return peer.node().clock().nowNanos();
  }

  /** The lock that is on the document now, or null. */
  VBucket.Lock lock() {
    ByteBuffer name = ByteBuffer.wrap(key);
    VBucket.Lock lock = vb.locks.get(name);
    if (lock != null && lock.untilNanos() - nowNanos() <= 0) {
      vb.locks.remove(name);
      return null;
    }
    return lock;
  }

  /** How an operation is refused that needs what another one has locked. */
  int statusOfLocked() {
    return peer.has(Feature.XERROR) ? Status.LOCKED : Status.ETMPFAIL;
  }

  /** Whether the CAS that the client names, and a lock, forbid a change of the live document; it is refused then. */
  boolean refusesByCas(long cas) {
    VBucket.Lock lock = live == null ? null : lock();
    if (lock != null && cas != lock.cas()) {
      refuse(peer.has(Feature.XERROR) ? Status.LOCKED : Status.KEY_EEXISTS);
      return true;
    }
    if (cas != 0 && (live == null || cas != live.cas())) {
      refuse(live == null ? Status.KEY_ENOENT : Status.KEY_EEXISTS);
      return true;
    }
    return false;
  }

  /** A document's expiry as clients give it: seconds from now up to 30 days, seconds since 1970 above that, 0 for never. */
  int expiry(int given) {
    boolean relative = given > 0 && given <= LONGEST_RELATIVE_EXPIRY;
    return relative ? peer.node().clock().epochSeconds() + given : given;
  }

  /** What clients read of a version: its body, without extended attributes. */
  static byte[] body(Item item) {
    return (item.datatype() & Datatypes.XATTR) != 0 ? Xattrs.bodyOf(item.value()) : item.value();
  }

  /** Answers the document with its flags, as GET does. */
  void answerDocument(Item item, boolean withKey) {
    byte[] flags = ByteBuffer.allocate(4).putInt(item.flags()).array();
    byte[] shownKey = withKey ? frame.key() : Frame.NOTHING;
    long cas = lock() == null ? item.cas() : LOCKED_CAS;
    answerDocument(item, flags, shownKey, cas);
  }

  void answerDocument(Item item, byte[] extras, byte[] shownKey, long cas) {
    Frame answer = Frame.response(frame, Status.SUCCESS, extras, shownKey, body(item)).withCas(cas);
    int datatype = peer.has(Feature.JSON) ? item.datatype() & Frame.DATATYPE_JSON : 0;
    peer.send(datatype == 0 ? answer : answer.withDatatype(datatype), vb.id);
  }

  /** The next version of this document. */
  Item next(byte[] value, int flags, int expiry, int datatype, boolean deleted) {
    long revision = newest == null ? 1 : newest.revision() + 1;
    return new Item(key, value, vb.highSeqno() + 1, revision, vb.maxCas + 1, flags, expiry, datatype, deleted);
  }

  /** Whether the node has room for this value of this document; it is refused otherwise. */
  boolean hasRoomFor(int valueBytes) {
    NodeSettings settings = peer.node().settings();
    if (valueBytes > settings.maxValueBytes()) {
      refuse(Status.E2BIG);
      return false;
    }
    if (live == null && vb.items.documents() >= settings.maxItemsPerVBucket()) {
      refuse(Status.ETMPFAIL);
      return false;
    }
    return true;
  }

  void change(Item item) {
    change(item, Status.SUCCESS, Frame.NOTHING);
  }

  /** Stores a version, answers, and lets streams carry it. */
  void change(Item item, int status, byte[] answered) {
    vb.store(item);
    if (!vb.locks.isEmpty()) {
      vb.locks.remove(ByteBuffer.wrap(key));
    }
    byte[] extras = peer.has(Feature.MUTATION_SEQNO)
        ? ByteBuffer.allocate(16).putLong(vb.uuid()).putLong(item.seqno()).array()
        : Frame.NOTHING;
    peer.send(Frame.response(frame, status, extras, Frame.NOTHING, answered).withCas(item.cas()), vb.id);
    bucket.changed(vb);
  }
}

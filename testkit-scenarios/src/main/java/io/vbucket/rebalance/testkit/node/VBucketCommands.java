package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.nio.ByteBuffer;

/** Commands about the vBuckets of a bucket. */
final class VBucketCommands {
  private VBucketCommands() {}

  /** Does the request, or returns false when it is none of these. */
  static boolean perform(Peer peer, Bucket bucket, Frame frame) {
    switch (frame.opcode()) {
      case Opcode.SET_VBUCKET -> {
        Admin.SetVBucket request = Admin.SetVBucket.of(frame);
        NodeVersion version = peer.node().settings().version();
        boolean hasOtherForm = !request.topology().isEmpty() && !version.knowsTopology()
            || frame.extras().length != 4 && version.takesStateOf4BytesOnly();
        peer.answer(frame, hasOtherForm
            ? Status.EINVAL
            : bucket.setByClient(request.vbucket(), request.state(), request.topology()));
      }
      case Opcode.GET_VBUCKET -> {
        VBucket vb = bucket.find(frame.vbucket());
        if (vb == null) {
          peer.answerNotMyVBucket(frame);
        } else {
          peer.answer(frame, Admin.encodeState(vb.state));
        }
      }
      case Opcode.DEL_VBUCKET -> peer.answer(frame, bucket.delete(frame.vbucket()));
      case Opcode.GET_ALL_VB_SEQNOS -> {
        byte[] filter = frame.extras();
        // A client may name a collection after the state; there is only the default one.
        int code = filter.length >= 4 ? ByteBuffer.wrap(filter).getInt() : 0;
        VBucketState only = code == 0 ? null : VBucketState.of(code);
        peer.answer(frame, Admin.encodeSeqnos(peer.node().seqnos(bucket, only)));
      }
      case Opcode.OBSERVE_SEQNO -> observe(peer, bucket, frame);
      case Opcode.GET_FAILOVER_LOG, Opcode.DCP_GET_FAILOVER_LOG -> {
        VBucket vb = bucket.find(frame.vbucket());
        if (vb == null) {
          peer.answer(frame, Status.NOT_MY_VBUCKET);
        } else {
          peer.answer(frame, Dcp.encodeFailoverLog(vb.failoverLog));
        }
      }
      case Opcode.SEQNO_PERSISTENCE -> {
        Admin.SeqnoPersistence request = Admin.SeqnoPersistence.of(frame);
        VBucket vb = bucket.find(frame.vbucket());
        if (vb == null) {
          peer.answer(frame, Status.NOT_MY_VBUCKET);
        } else {
          bucket.awaitPersistence(vb, peer, frame, request.seqno());
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void observe(Peer peer, Bucket bucket, Frame frame) {
    VBucket vb = bucket.find(frame.vbucket());
    if (vb == null) {
      peer.answerNotMyVBucket(frame);
      return;
    }
    if (frame.value().length != 8) {
      peer.answer(frame, Status.EINVAL);
      return;
    }
    long uuid = ByteBuffer.wrap(frame.value()).getLong();
    if (uuid == vb.uuid()) {
      peer.answer(frame, new Admin.Observed(vb.id, uuid, vb.persistedSeqno, vb.highSeqno()).toValue());
      return;
    }
    // Format 1: the history asked for ended where the one after it begins.
    for (int i = 1; i < vb.failoverLog.size(); i++) {
      FailoverEntry newer = vb.failoverLog.get(i - 1);
      if (vb.failoverLog.get(i).uuid() == uuid) {
        byte[] current = new Admin.Observed(vb.id, vb.uuid(), vb.persistedSeqno, vb.highSeqno()).toValue();
        current[0] = 1;
        peer.answer(frame, ByteBuffer.allocate(43).put(current).putLong(uuid).putLong(newer.seqno()).array());
        return;
      }
    }
    peer.answer(frame, Status.KEY_ENOENT);
  }
}

package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Commands about the vBuckets of a bucket and about its configuration. */
final class VBucketCommands {
  private static final Pattern REVISION = Pattern.compile("\"rev\"\\s*:\\s*([0-9]{1,18})");

  private VBucketCommands() {}

  /** Does the request, or returns false when it is none of these. */
  static boolean perform(Peer peer, Bucket bucket, Frame frame) {
    switch (frame.opcode()) {
      case Opcode.SET_VBUCKET -> {
        Admin.SetVBucket request = Admin.SetVBucket.of(frame);
        boolean unknown =
            !request.topology().isEmpty() && !peer.node().settings().version().knowsTopology();
        peer.answer(frame, unknown
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
        int code = filter.length == 4 ? ByteBuffer.wrap(filter).getInt() : 0;
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
      case Opcode.SET_CLUSTER_CONFIG -> setConfig(peer, frame);
      case Opcode.GET_CLUSTER_CONFIG -> {
        if (bucket.config.isEmpty()) {
          peer.answer(frame, Status.KEY_ENOENT);
        } else {
          peer.answer(frame, bucket.config.getBytes(UTF_8));
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void setConfig(Peer peer, Frame frame) {
    long epoch = 0;
    long revision;
    if (frame.extras().length == 0) {
      // Nodes before 7.0 read the revision from the configuration itself.
      Matcher found = REVISION.matcher(frame.valueText());
      if (!found.find()) {
        peer.answer(frame, Status.EINVAL);
        return;
      }
      revision = Long.parseLong(found.group(1));
    } else {
      Admin.SetClusterConfig request = Admin.SetClusterConfig.of(frame);
      epoch = request.epoch();
      revision = request.revision();
    }
    Bucket bucket = frame.key().length == 0 ? peer.bucket() : peer.node().bucket(frame.keyText());
    peer.answer(frame, bucket == null ? Status.KEY_ENOENT : bucket.offerConfig(epoch, revision, frame.valueText()));
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

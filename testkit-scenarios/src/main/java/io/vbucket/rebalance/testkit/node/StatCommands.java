package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import java.util.function.BiConsumer;

/** STAT: one answer per pair, an empty key ends the list. */
final class StatCommands {
  private StatCommands() {}

  static void perform(Peer peer, Bucket bucket, Frame frame) {
    String[] words = frame.keyText().split(" ", 3);
    BiConsumer<String, Object> pair =
        (key, value) -> peer.send(Admin.statPair(frame, key, value.toString()), frame.vbucket());
    int status = switch (words[0]) {
      case "vbucket" -> all(bucket, vb -> pair.accept("vb_" + vb.id, vb.state.wireName()));
      case "vbucket-details" -> some(bucket, words, vb -> details(vb, pair));
      case "vbucket-seqno" -> some(bucket, words, vb -> seqnos(vb, pair));
      case "failovers" -> some(bucket, words, vb -> failovers(vb, pair));
      case "dcp" -> dcp(bucket, pair);
      case "dcp-vbtakeover" -> takeover(bucket, words, pair);
      case "" -> general(peer, bucket, pair);
      default -> Status.KEY_ENOENT;
    };
    if (status == Status.SUCCESS) {
      pair.accept("", "");
    } else {
      peer.answer(frame, status);
    }
  }

  private interface Each {
    void accept(VBucket vb);
  }

  private static int all(Bucket bucket, Each each) {
    for (VBucket vb : bucket.vbuckets) {
      if (vb != null) {
        each.accept(vb);
      }
    }
    return Status.SUCCESS;
  }

  private static int some(Bucket bucket, String[] words, Each each) {
    if (words.length == 1) {
      return all(bucket, each);
    }
    if (!words[1].matches("[0-9]{1,5}")) {
      return Status.EINVAL;
    }
    VBucket vb = bucket.find(Integer.parseInt(words[1]));
    if (vb == null) {
      return Status.NOT_MY_VBUCKET;
    }
    each.accept(vb);
    return Status.SUCCESS;
  }

  private static int general(Peer peer, Bucket bucket, BiConsumer<String, Object> pair) {
    pair.accept("version", peer.node().settings().version().text());
    pair.accept("curr_connections", peer.node().connections());
    int documents = 0;
    for (VBucket vb : bucket.vbuckets) {
      documents += vb == null ? 0 : vb.items.documents();
    }
    pair.accept("curr_items_tot", documents);
    return Status.SUCCESS;
  }

  private static void details(VBucket vb, BiConsumer<String, Object> pair) {
    String prefix = "vb_" + vb.id;
    pair.accept(prefix, vb.state.wireName());
    pair.accept(prefix + ":num_items", vb.items.documents());
    pair.accept(prefix + ":db_data_size", vb.items.bytes());
    pair.accept(prefix + ":high_seqno", vb.highSeqno());
    pair.accept(prefix + ":uuid", vb.uuid());
    pair.accept(prefix + ":max_cas", vb.maxCas);
    pair.accept(prefix + ":pending_writes", vb.highSeqno() - vb.persistedSeqno);
    pair.accept(prefix + ":ops_parked", vb.parked.size());
    pair.accept(prefix + ":topology", vb.topology.isEmpty() ? "null" : vb.topology);
  }

  private static void seqnos(VBucket vb, BiConsumer<String, Object> pair) {
    String prefix = "vb_" + vb.id;
    pair.accept(prefix + ":high_seqno", vb.highSeqno());
    pair.accept(prefix + ":abs_high_seqno", vb.highSeqno());
    pair.accept(prefix + ":last_persisted_seqno", vb.persistedSeqno);
    pair.accept(prefix + ":purge_seqno", 0);
    pair.accept(prefix + ":uuid", vb.uuid());
    pair.accept(prefix + ":last_persisted_snap_start", Math.min(vb.snapshotStart, vb.persistedSeqno));
    pair.accept(prefix + ":last_persisted_snap_end", Math.max(vb.snapshotEnd, vb.persistedSeqno));
  }

  private static void failovers(VBucket vb, BiConsumer<String, Object> pair) {
    String prefix = "vb_" + vb.id;
    pair.accept(prefix + ":num_entries", vb.failoverLog.size());
    for (int i = 0; i < vb.failoverLog.size(); i++) {
      pair.accept(prefix + ":" + i + ":id", vb.failoverLog.get(i).uuid());
      pair.accept(prefix + ":" + i + ":seq", vb.failoverLog.get(i).seqno());
    }
  }

  private static int dcp(Bucket bucket, BiConsumer<String, Object> pair) {
    bucket.producers.forEach((name, peer) -> ((DcpProducer) peer.dcp()).stats("eq_dcpq:" + name, pair));
    bucket.consumers.forEach((name, peer) -> ((DcpConsumer) peer.dcp()).stats("eq_dcpq:" + name, pair));
    pair.accept("ep_dcp_count", bucket.producers.size() + bucket.consumers.size());
    pair.accept("ep_dcp_producer_count", bucket.producers.size());
    return Status.SUCCESS;
  }

  private static int takeover(Bucket bucket, String[] words, BiConsumer<String, Object> pair) {
    if (words.length < 3 || !words[1].matches("[0-9]{1,5}")) {
      return Status.EINVAL;
    }
    VBucket vb = bucket.find(Integer.parseInt(words[1]));
    if (vb == null) {
      return Status.NOT_MY_VBUCKET;
    }
    Peer peer = bucket.producers.get(words[2]);
    ProducerStream stream = peer == null ? null : ((DcpProducer) peer.dcp()).stream(vb.id);
    if (stream != null) {
      int left = stream.itemsLeft();
      boolean backfilling = stream.isBackfilling();
      pair.accept("status", backfilling ? "backfilling" : "in-memory");
      pair.accept("estimate", left);
      pair.accept("backfillRemaining", backfilling ? left : 0);
      pair.accept("chk_items", backfilling ? 0 : left);
    } else {
      boolean precise = bucket.node.settings().version().saysWhatTakeoverStatMisses();
      pair.accept("status",
          !precise ? "does_not_exist" : peer == null ? "connection_does_not_exist" : "stream_does_not_exist");
      pair.accept("estimate", vb.items.documents());
      pair.accept("backfillRemaining", 0);
      pair.accept("chk_items", 0);
    }
    pair.accept("vb_items", vb.items.documents());
    pair.accept("on_disk_deletes", 0);
    return Status.SUCCESS;
  }
}

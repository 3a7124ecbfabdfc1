package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Magic;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Configurations in and out: a bucket's, on a connection that selected one, and the cluster's, on one that did not. Clients that asked to be
 * told of a newer one are told at once.
 */
final class ConfigCommands {
  private static final Pattern REVISION = Pattern.compile("\"rev\"\\s*:\\s*([0-9]{1,18})");
  private static final int KNOWN_VERSION_BYTES = 16;

  private ConfigCommands() {}

  /** Does the request, or returns false when it is none of these. */
  static boolean perform(DataNode node, Peer peer, Frame frame) {
    switch (frame.opcode()) {
      case Opcode.SET_CLUSTER_CONFIG -> set(node, peer, frame);
      case Opcode.GET_CLUSTER_CONFIG -> {
        if (peer.bucket() == null && node.clusterConfig().isEmpty()) {
          return false;
        }
        get(peer, peer.bucket() == null ? node.clusterConfig() : peer.bucket().config, frame);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void get(Peer peer, KeptConfig config, Frame frame) {
    if (config.isEmpty()) {
      peer.answer(frame, Status.KEY_ENOENT);
      return;
    }
    if (frame.extras().length == KNOWN_VERSION_BYTES && peer.has(Feature.CONFIG_WITH_KNOWN_VERSION)) {
      ByteBuffer known = ByteBuffer.wrap(frame.extras());
      if (!config.isNewerThan(known.getLong(0), known.getLong(8))) {
        peer.answer(frame, Status.SUCCESS);
        return;
      }
    }
    byte[] json = config.json().getBytes(UTF_8);
    peer.tell(config);
    Frame answer = Frame.response(frame, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, json);
    peer.send(peer.has(Feature.JSON) ? answer.withDatatype(Frame.DATATYPE_JSON) : answer, frame.vbucket());
  }

  private static void set(DataNode node, Peer peer, Frame frame) {
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
    Bucket bucket = frame.key().length == 0 ? peer.bucket() : node.bucket(frame.keyText());
    if (bucket == null && frame.key().length > 0) {
      peer.answer(frame, Status.KEY_ENOENT);
      return;
    }
    KeptConfig config = bucket == null ? node.clusterConfig() : bucket.config;
    boolean news = !config.isNewerThan(epoch, revision) && (epoch != config.epoch() || revision != config.revision());
    int status = config.offer(epoch, revision, frame.valueText(), node.settings().version());
    peer.answer(frame, status);
    if (status == Status.SUCCESS && news) {
      node.configChanged(bucket == null ? "" : bucket.name, frame.valueText());
      tellAll(node, bucket, config);
    }
  }

  private static void tellAll(DataNode node, Bucket bucket, KeptConfig config) {
    for (Peer peer : List.copyOf(node.peers())) {
      boolean asked = peer.has(Feature.CLUSTER_MAP_CHANGE) || peer.has(Feature.CLUSTER_MAP_CHANGE_BRIEF);
      if (asked && peer.has(Feature.DUPLEX) && peer.bucket() == bucket && peer.isBehind(config)) {
        notify(peer, bucket, config);
      }
    }
  }

  private static void notify(Peer peer, Bucket bucket, KeptConfig config) {
    boolean brief = peer.has(Feature.CLUSTER_MAP_CHANGE_BRIEF);
    byte[] extras = ByteBuffer.allocate(16).putLong(config.epoch()).putLong(config.revision()).array();
    byte[] key = bucket == null ? Frame.NOTHING : bucket.name.getBytes(UTF_8);
    byte[] json = brief ? Frame.NOTHING : config.json().getBytes(UTF_8);
    if (!brief) {
      peer.tell(config);
    }
    peer.send(new Frame(Magic.SERVER_REQUEST, Opcode.SERVER_CLUSTER_MAP_CHANGE,
        brief ? 0 : Frame.DATATYPE_JSON, 0, 0, 0, Frame.NOTHING, extras, key, json), -1);
  }
}

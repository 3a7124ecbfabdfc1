package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Magic;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Configurations in and out: a bucket's, on a connection that selected one, and the cluster's, on one that did not. Clients that asked to be
 * told of a newer one are told at once.
 */
final class ConfigCommands {
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

  /** Keeps what it is given, also when it is older: nodes leave it to whoever writes to know what is newest. */
  private static void set(DataNode node, Peer peer, Frame frame) {
    Optional<ConfigOffer> offered = ConfigOffer.of(frame, node.settings().version());
    if (offered.isEmpty()) {
      peer.answer(frame, Status.EINVAL);
      return;
    }
    ConfigOffer offer = offered.get();
    String name = offer.bucket().orElse(peer.bucket() == null ? "" : peer.bucket().name);
    if (offer.bucket().isEmpty() && peer.bucket() == null) {
      peer.answer(frame, Status.NO_BUCKET);
      return;
    }
    Bucket bucket = name.isEmpty() ? null : node.bucket(name);
    if (bucket == null && !name.isEmpty()) {
      peer.answer(frame, Status.KEY_ENOENT);
      return;
    }
    KeptConfig config = bucket == null ? node.clusterConfig() : bucket.config;
    boolean changes = !offer.json().equals(config.json());
    boolean older = config.isNewerThan(offer.epoch(), offer.revision());
    config.replace(offer.epoch(), offer.revision(), offer.json());
    peer.answer(frame, Status.SUCCESS);
    if (changes) {
      node.configChanged(name, offer.json());
    }
    if (changes && !older) {
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

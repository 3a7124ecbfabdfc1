package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.util.Set;

/** What differs between the versions of real nodes, seen in recorded conversations. One method per difference. */
public enum NodeVersion {
  /** Like 6.0.5. */
  V6_0("6.0.5",
      Set.of(Feature.TCP_NODELAY, Feature.MUTATION_SEQNO, Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET,
          Feature.SNAPPY, Feature.JSON, Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE),
      Set.of("set_priority", "enable_ext_metadata", "supports_cursor_dropping", "supports_cursor_dropping_vulcan",
          "supports_hifi_MFU")),
  /** Like 7.6.11. */
  V7_6("7.6.11",
      Set.of(Feature.TCP_NODELAY, Feature.MUTATION_SEQNO, Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET,
          Feature.SNAPPY, Feature.JSON, Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE, Feature.ALT_REQUEST,
          Feature.SYNC_REPLICATION, Feature.COLLECTIONS, Feature.CONFIG_WITH_KNOWN_VERSION,
          Feature.DEDUPE_NOT_MY_VBUCKET_MAPS, Feature.CLUSTER_MAP_CHANGE_BRIEF),
      Set.of("set_priority", "supports_cursor_dropping", "supports_cursor_dropping_vulcan", "supports_hifi_MFU",
          "enable_expiry_opcode", "enable_sync_writes", "consumer_name", "include_deleted_user_xattrs",
          "flatbuffers_system_events"));

  private final String text;
  private final Set<Integer> features;
  private final Set<String> acceptedControls;

  NodeVersion(String text, Set<Integer> features, Set<String> acceptedControls) {
    this.text = text;
    this.features = features;
    this.acceptedControls = acceptedControls;
  }

  /** The answer to VERSION. */
  public String text() {
    return text;
  }

  /** Features that HELLO grants to whoever asks for them. */
  public Set<Integer> features() {
    return features;
  }

  /** CONTROLs that a producer accepts and that change nothing here. */
  Set<String> acceptedControls() {
    return acceptedControls;
  }

  /** SET_VBUCKET_STATE or a STREAM_REQ answer for a stream that the consumer does not have: 6.0 drops the whole connection (golden 10). */
  public boolean closesConnectionOnFrameOfNoStream() {
    return this == V6_0;
  }

  /** A closed stream stays with the consumer until its STREAM_END, and swallows whatever comes for it (7.6). */
  public boolean keepsClosedStreams() {
    return this == V7_6;
  }

  /** A STREAM_END with another opaque than the live stream's is answered KEY_ENOENT (6.0) or not at all (7.6). */
  public boolean answersStaleStreamEnd() {
    return this == V6_0;
  }

  /** A producer streams from a pending vBucket too (answers c-producer). */
  public boolean streamsFromPending() {
    return this == V6_0;
  }

  /** A producer drops the connection when a mutation is refused with anything but "no such stream" (answers c, 7.6). */
  public boolean closesConnectionOnRefusedItem() {
    return this == V7_6;
  }

  /** Two answers in a row to SET_VBUCKET_STATE(pending) count as answers to pending and active (answers j4, 6.0). */
  public boolean countsRepeatedAnswer() {
    return this == V6_0;
  }

  /** Snapshot markers have their fields in the value. */
  public boolean sendsMarkersOfVersion2() {
    return this == V7_6;
  }

  /** The first marker of every stream opens a checkpoint; in 6.0 only that of a stream from 0 does. */
  public boolean firstMarkerOpensCheckpoint() {
    return this == V7_6;
  }

  /** How a consumer refuses an item for a dead vBucket. */
  public int statusOfItemForDeadVBucket() {
    return this == V6_0 ? Status.NOT_MY_VBUCKET : Status.ERANGE;
  }

  /** How many bytes of extras SET_CLUSTER_CONFIG may have: none, a revision(4), or epoch(8) and revision(8). */
  Set<Integer> extrasOfConfig() {
    return this == V6_0 ? Set.of(0) : Set.of(16);
  }

  /** SET_CLUSTER_CONFIG may have the bucket's name for its key; nodes before 6.5 take it for the selected bucket. */
  boolean namesBucketOfConfig() {
    return this != V6_0;
  }

  /** Configurations have epochs besides their revisions. */
  boolean knowsEpochs() {
    return this == V7_6;
  }

  /** Statuses DCP_STREAM_NOT_FOUND and OPAQUE_NO_MATCH can be negotiated. */
  public boolean offersV7StatusCodes() {
    return this == V7_6;
  }

  /** {@code dcp-vbtakeover} says whether the connection or the stream is missing; 6.0 says {@code does_not_exist} for both. */
  public boolean saysWhatTakeoverStatMisses() {
    return this == V7_6;
  }

  /** SET_VBUCKET takes the chains whose majorities must have a sync write; nodes before 6.5 refuse such a value. */
  public boolean knowsTopology() {
    return this == V7_6;
  }

  /** Streams say that a document is JSON, also to those who did not negotiate it (golden 6.0). */
  public boolean tellsJsonToAll() {
    return this == V6_0;
  }

  /** UNLOCK_KEY of what is not locked has a status of its own. */
  public boolean tellsNotLocked() {
    return this == V7_6;
  }

  /** Noop intervals of less than a second are understood. */
  public boolean acceptsFractionalNoopInterval() {
    return this == V7_6;
  }

  /** The first NOOP comes at once and not after the first interval. */
  public boolean sendsFirstNoopAtOnce() {
    return this == V7_6;
  }
}

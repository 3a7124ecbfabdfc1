package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.util.List;
import java.util.Set;

/**
 * What differs between the versions of real nodes. One method per difference. 6.0 and 7.6 were seen in recorded conversations. Of 5.0
 * and 6.6 it is known which requests they take and what they grant; in all else 5.0 is like 6.0, and 6.6 like 7.6.
 */
public enum NodeVersion {
  /** Like 5.0.1. */
  V5_0("5.0.1",
      Set.of(Feature.TCP_NODELAY, Feature.MUTATION_SEQNO, Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET),
      Set.of("set_priority", "enable_ext_metadata", "supports_cursor_dropping"),
      Dcp.Open.XATTR | Dcp.Open.NO_VALUE),
  /** Like 6.0.5, recorded. */
  V6_0("6.0.5",
      Set.of(Feature.TCP_NODELAY, Feature.MUTATION_SEQNO, Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET,
          Feature.SNAPPY, Feature.JSON, Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE),
      Set.of("set_priority", "enable_ext_metadata", "supports_cursor_dropping", "supports_cursor_dropping_vulcan",
          "supports_hifi_MFU"),
      V5_0.openFlags | Dcp.Open.DELETE_TIMES),
  /** Like 6.6.6. */
  V6_6("6.6.6",
      Set.of(Feature.TCP_NODELAY, Feature.MUTATION_SEQNO, Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET,
          Feature.SNAPPY, Feature.JSON, Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE, Feature.ALT_REQUEST,
          Feature.SYNC_REPLICATION),
      Set.of("set_priority", "supports_cursor_dropping", "supports_cursor_dropping_vulcan", "supports_hifi_MFU",
          "enable_expiry_opcode", "enable_sync_writes", "consumer_name"),
      V6_0.openFlags | Dcp.Open.NO_VALUE_BUT_ITS_DATATYPE),
  /** Like 7.6.11, recorded. */
  V7_6("7.6.11",
      Set.of(Feature.TCP_NODELAY, Feature.MUTATION_SEQNO, Feature.XATTR, Feature.XERROR, Feature.SELECT_BUCKET,
          Feature.SNAPPY, Feature.JSON, Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE, Feature.ALT_REQUEST,
          Feature.SYNC_REPLICATION, Feature.COLLECTIONS, Feature.CONFIG_WITH_KNOWN_VERSION,
          Feature.DEDUPE_NOT_MY_VBUCKET_MAPS, Feature.CLUSTER_MAP_CHANGE_BRIEF),
      Set.of("set_priority", "supports_cursor_dropping", "supports_cursor_dropping_vulcan", "supports_hifi_MFU",
          "enable_expiry_opcode", "enable_sync_writes", "consumer_name", "include_deleted_user_xattrs",
          "flatbuffers_system_events"),
      V6_6.openFlags | Dcp.Open.DELETED_USER_XATTRS);

  /** Those whose conversations were recorded, with all that makes takeovers differ. */
  public static final List<NodeVersion> RECORDED = List.of(V6_0, V7_6);

  private final String text;
  private final Set<Integer> features;
  private final Set<String> acceptedControls;
  private final int openFlags;

  NodeVersion(String text, Set<Integer> features, Set<String> acceptedControls, int openFlags) {
    this.text = text;
    this.features = features;
    this.acceptedControls = acceptedControls;
    this.openFlags = openFlags;
  }

  private boolean isSince(NodeVersion first) {
    return compareTo(first) >= 0;
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

  /** Flags of DCP_OPEN that the node knows; it refuses others. */
  int openFlags() {
    return openFlags;
  }

  /** A consumer's DCP_OPEN may have a value: JSON with its name. */
  boolean takesConsumerName() {
    return isSince(V6_6);
  }

  /** SET_VBUCKET has 4 bytes of extras, and nothing else will do. */
  boolean takesStateOf4BytesOnly() {
    return !isSince(V6_6);
  }

  /** A stream that is closed by CLOSE_STREAM is ended by STREAM_END, where that was asked for. */
  boolean endsClosedStreams() {
    return isSince(V6_0);
  }

  /** SET_VBUCKET_STATE or a STREAM_REQ answer for a stream that the consumer does not have: 6.0 drops the whole connection (golden 10). */
  public boolean closesConnectionOnFrameOfNoStream() {
    return !isSince(V6_6);
  }

  /** A closed stream stays with the consumer until its STREAM_END, and swallows whatever comes for it (7.6). */
  public boolean keepsClosedStreams() {
    return isSince(V6_6);
  }

  /** A STREAM_END with another opaque than the live stream's is answered KEY_ENOENT (6.0) or not at all (7.6). */
  public boolean answersStaleStreamEnd() {
    return !isSince(V6_6);
  }

  /** A producer streams from a pending vBucket too (answers c-producer). */
  public boolean streamsFromPending() {
    return !isSince(V6_6);
  }

  /** A producer drops the connection when a mutation is refused with anything but "no such stream" (answers c, 7.6). */
  public boolean closesConnectionOnRefusedItem() {
    return isSince(V6_6);
  }

  /** Two answers in a row to SET_VBUCKET_STATE(pending) count as answers to pending and active (answers j4, 6.0). */
  public boolean countsRepeatedAnswer() {
    return !isSince(V6_6);
  }

  /** Snapshot markers have their fields in the value. */
  public boolean sendsMarkersOfVersion2() {
    return isSince(V6_6);
  }

  /** The first marker of every stream opens a checkpoint; in 6.0 only that of a stream from 0 does. */
  public boolean firstMarkerOpensCheckpoint() {
    return isSince(V6_6);
  }

  /** How a consumer refuses an item for a dead vBucket. */
  public int statusOfItemForDeadVBucket() {
    return isSince(V6_6) ? Status.ERANGE : Status.NOT_MY_VBUCKET;
  }

  /** How many bytes of extras SET_CLUSTER_CONFIG may have: none, a revision(4), or epoch(8) and revision(8). */
  Set<Integer> extrasOfConfig() {
    return switch (this) {
      case V5_0, V6_0 -> Set.of(0);
      case V6_6 -> Set.of(0, 4);
      case V7_6 -> Set.of(16);
    };
  }

  /** SET_CLUSTER_CONFIG may have the bucket's name for its key; nodes before 6.5 take it for the selected bucket. */
  boolean namesBucketOfConfig() {
    return isSince(V6_6);
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
    return isSince(V6_6);
  }

  /** SET_VBUCKET takes the chains whose majorities must have a sync write; nodes before 6.5 refuse such a value. */
  public boolean knowsTopology() {
    return isSince(V6_6);
  }

  /** Streams say that a document is JSON, also to those who did not negotiate it (golden 6.0). */
  public boolean tellsJsonToAll() {
    return !isSince(V6_6);
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

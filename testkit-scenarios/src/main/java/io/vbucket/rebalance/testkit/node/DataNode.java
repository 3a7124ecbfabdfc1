package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.node.store.Item;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/**
 * An embedded data node: a state machine that is told of frames and answers with frames. It has no thread, no socket and no clock of its
 * own; every call must come from one thread, and everything that it does with the same input, clock and seed is the same every time.
 */
public final class DataNode {
  private final NodeSettings settings;
  private final NodeClock clock;
  private final NodeObserver observer;
  private final NodeFaults faults;
  private final SplittableRandom random;
  private final Map<String, Bucket> buckets = new LinkedHashMap<>();
  private final Set<Peer> peers = new LinkedHashSet<>();
  private KeptConfig clusterConfig = new KeptConfig();
  private final List<BiConsumer<String, String>> configListeners = new ArrayList<>(1);
  private final Set<Privilege> withheld = EnumSet.noneOf(Privilege.class);
  private int peerCount;

  public DataNode(NodeSettings settings, NodeClock clock, NodeObserver observer) {
    this.settings = settings;
    this.clock = clock;
    this.observer = observer;
    this.random = new SplittableRandom(settings.seed() * 31 + settings.name().hashCode());
    this.faults = new NodeFaults(clock);
    settings.buckets().keySet().stream().sorted().forEach(this::createBucket);
  }

  /** Takes a new connection. */
  public PeerSession open(PeerConnection connection) {
    Peer peer = new Peer(this, connection, ++peerCount);
    peers.add(peer);
    return peer;
  }

  public String name() {
    return settings.name();
  }

  public NodeSettings settings() {
    return settings;
  }

  /** Where a test says what goes wrong. */
  public NodeFaults faults() {
    return faults;
  }

  /** From now on the user lacks a privilege; the requests that need it are answered EACCESS. */
  public void withhold(Privilege privilege) {
    withheld.add(privilege);
  }

  boolean allows(Frame frame) {
    return withheld.isEmpty() || Privilege.neededFor(frame).filter(withheld::contains).isEmpty();
  }

  /** The process dies: all connections are closed at once, nothing is sent any more. Its items stay until {@link #restart}. */
  public void die() {
    observer.stopped(this);
    List.copyOf(peers).forEach(Peer::cut);
    faults.forgetHeldFrames();
  }

  /**
   * The process is there again.
   *
   * @param keepData false: it comes back without any vBucket and without a configuration
   */
  public void restart(boolean keepData) {
    if (!keepData) {
      buckets.values().forEach(this::tellThatItIsGone);
      buckets.clear();
      clusterConfig = new KeptConfig();
      settings.buckets().keySet().stream().sorted().forEach(this::createBucket);
    }
    observer.started(this);
  }

  /** The state of a vBucket, or empty when the node has none. */
  public Optional<VBucketState> state(String bucket, int vbucket) {
    return Optional.ofNullable(vbucket(bucket, vbucket)).map(vb -> vb.state);
  }

  /** What SET_VBUCKET of a client does; the answer's status. */
  public int setState(String bucket, int vbucket, VBucketState state) {
    return buckets.get(bucket).setByClient(vbucket, state, "");
  }

  /** All vBuckets that are in {@code state}. */
  public List<Integer> vbucketsIn(String bucket, VBucketState state) {
    List<Integer> found = new ArrayList<>();
    for (VBucket vb : buckets.get(bucket).vbuckets) {
      if (vb != null && vb.state == state) {
        found.add(vb.id);
      }
    }
    return found;
  }

  /** Documents of a vBucket that are not deleted; 0 when it is absent. */
  public int documents(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? 0 : vb.items.documents();
  }

  public long highSeqno(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? 0 : vb.highSeqno();
  }

  public long persistedSeqno(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? 0 : vb.persistedSeqno;
  }

  /** Newest first; empty when the vBucket is absent. */
  public List<FailoverEntry> failoverLog(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? List.of() : List.copyOf(vb.failoverLog);
  }

  /** The topology that the copy was told last, as JSON; empty when it was told none or is absent. */
  public String topology(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? "" : vb.topology;
  }

  /** The same for two copies with the same documents, whatever the order of changes. */
  public long digest(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? 0 : vb.items.digest();
  }

  /** The value of a document, or null when it is deleted or was never there. */
  public byte[] read(String bucket, int vbucket, byte[] key) {
    VBucket vb = vbucket(bucket, vbucket);
    Item item = vb == null ? null : vb.items.find(key);
    return item == null || item.deleted() ? null : item.value();
  }

  /** Writes a document past the network, for tests and for loading; the vBucket must exist, its state does not matter. */
  public void write(String bucket, int vbucket, byte[] key, byte[] value, int datatype) {
    Bucket b = buckets.get(bucket);
    VBucket vb = b.find(vbucket);
    Item older = vb.items.find(key);
    vb.store(new Item(key, value, vb.highSeqno() + 1, older == null ? 1 : older.revision() + 1, vb.maxCas + 1, 0, 0,
        datatype, false));
    b.changed(vb);
  }

  /** Streams that this node produces, over all connections. */
  public int producerStreams(String bucket) {
    return count(buckets.get(bucket), vb -> vb.outbound.size());
  }

  /** Streams that fill this node's vBuckets. */
  public int consumerStreams(String bucket) {
    return count(buckets.get(bucket), vb -> vb.inbound != null ? 1 : 0);
  }

  private static int count(Bucket bucket, ToIntFunction<VBucket> each) {
    int sum = 0;
    for (VBucket vb : bucket.vbuckets) {
      sum += vb == null ? 0 : each.applyAsInt(vb);
    }
    return sum;
  }

  /** Client operations that wait for a pending vBucket to become active. */
  public int parkedOperations(String bucket, int vbucket) {
    VBucket vb = vbucket(bucket, vbucket);
    return vb == null ? 0 : vb.parked.size();
  }

  public int connections() {
    return peers.size();
  }

  /** The configuration that the node keeps for a bucket, or empty. */
  public String config(String bucket) {
    Bucket found = buckets.get(bucket);
    return found == null ? "" : found.config.json();
  }

  /** What the node knows of the whole cluster: answered to those who selected no bucket. */
  KeptConfig clusterConfig() {
    return clusterConfig;
  }

  /** The configuration of the whole cluster, or empty. */
  public String configOfCluster() {
    return clusterConfig.json();
  }

  /** Which scopes and collections every bucket has, as JSON. */
  public String manifest() {
    return CollectionCommands.MANIFEST;
  }

  /** Gives the node a configuration of the whole cluster, as the cluster manager would. */
  public void clusterIs(long epoch, long revision, String json) {
    clusterConfig.replace(epoch, revision, json);
    configChanged("", json);
  }

  /** Tells of every newer configuration that the node is given: the bucket, empty for that of the cluster, and the JSON. */
  public void onConfig(BiConsumer<String, String> listener) {
    configListeners.add(listener);
  }

  void configChanged(String bucket, String json) {
    configListeners.forEach(listener -> listener.accept(bucket, json));
  }

  List<Admin.VBucketSeqno> seqnos(Bucket bucket, VBucketState only) {
    List<Admin.VBucketSeqno> seqnos = new ArrayList<>();
    for (VBucket vb : bucket.vbuckets) {
      if (vb != null && (only == null ? vb.state != VBucketState.DEAD : vb.state == only)) {
        seqnos.add(new Admin.VBucketSeqno(vb.id, vb.highSeqno()));
      }
    }
    return seqnos;
  }

  private VBucket vbucket(String bucket, int vbucket) {
    Bucket found = buckets.get(bucket);
    return found == null ? null : found.find(vbucket);
  }

  Bucket bucket(String name) {
    return buckets.get(name);
  }

  public Set<String> bucketNames() {
    return Collections.unmodifiableSet(buckets.keySet());
  }

  private void createBucket(String name) {
    createBucket(name, settings.buckets().get(name));
  }

  int createBucket(String name, int vbuckets) {
    return buckets.putIfAbsent(name, new Bucket(this, name, vbuckets)) == null ? Status.SUCCESS : Status.KEY_EEXISTS;
  }

  int deleteBucket(String name) {
    Bucket gone = buckets.remove(name);
    if (gone == null) {
      return Status.KEY_ENOENT;
    }
    List.copyOf(peers).stream().filter(peer -> peer.bucket() == gone).forEach(peer -> peer.drop("bucket was deleted"));
    tellThatItIsGone(gone);
    return Status.SUCCESS;
  }

  private void tellThatItIsGone(Bucket gone) {
    for (VBucket vb : gone.vbuckets) {
      if (vb != null) {
        observer.stateChanged(this, gone.name, vb.id, vb.state, null);
      }
    }
  }

  void left(Peer peer) {
    peers.remove(peer);
  }

  Set<Peer> peers() {
    return peers;
  }

  NodeClock clock() {
    return clock;
  }

  NodeObserver observer() {
    return observer;
  }

  void later(Runnable task) {
    clock.schedule(Duration.ZERO, task);
  }

  /** 48 bits and never 0, as real nodes choose them. */
  long newUuid() {
    return random.nextLong(1, 1L << 48);
  }

  @Override
  public String toString() {
    return settings.name();
  }
}

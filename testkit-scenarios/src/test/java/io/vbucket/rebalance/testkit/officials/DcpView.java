package io.vbucket.rebalance.testkit.officials;

import com.couchbase.client.dcp.Client;
import com.couchbase.client.dcp.StreamFrom;
import com.couchbase.client.dcp.StreamTo;
import com.couchbase.client.dcp.highlevel.DatabaseChangeListener;
import com.couchbase.client.dcp.highlevel.Deletion;
import com.couchbase.client.dcp.highlevel.FlowControlMode;
import com.couchbase.client.dcp.highlevel.Mutation;
import com.couchbase.client.dcp.highlevel.StreamEnd;
import com.couchbase.client.dcp.highlevel.StreamFailure;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What the official DCP client makes of a bucket: it streams all of it, and keeps the newest of every key. */
final class DcpView implements AutoCloseable, DatabaseChangeListener {
  private final Client client;
  private final Map<String, String> documents = new ConcurrentHashMap<>();
  private final Map<Integer, Long> seqnos = new ConcurrentHashMap<>();
  private final Queue<String> mistakes = new ConcurrentLinkedQueue<>();
  private final AtomicLong changes = new AtomicLong();
  private final AtomicLong streamEnds = new AtomicLong();

  DcpView(EmbeddedCluster nodes, boolean collections) {
    client = Client.builder()
        .userAgent("rebalance-test", "1")
        .connectionString(nodes.connectionString())
        .bucket(OfficialClients.BUCKET)
        .credentials(EmbeddedCluster.USER, EmbeddedCluster.PASSWORD)
        .collectionsAware(collections)
        .flowControl(64 * 1024)
        .build();
    client.listener(this, FlowControlMode.AUTOMATIC);
  }

  /** Streams from the beginning, for ever. */
  DcpView start() {
    client.connect().block(Duration.ofSeconds(20));
    client.initializeState(StreamFrom.BEGINNING, StreamTo.INFINITY).block(Duration.ofSeconds(20));
    client.startStreaming().block(Duration.ofSeconds(20));
    return this;
  }

  @Override
  public void onMutation(Mutation mutation) {
    follow(mutation.getVbucket(), mutation.getOffset().getSeqno());
    documents.put(mutation.getKey(), new String(mutation.getContent(), StandardCharsets.UTF_8));
  }

  @Override
  public void onDeletion(Deletion deletion) {
    follow(deletion.getVbucket(), deletion.getOffset().getSeqno());
    documents.remove(deletion.getKey());
  }

  /** Within a vBucket seqnos grow, wherever it is served. */
  private void follow(int vbucket, long seqno) {
    changes.incrementAndGet();
    Long before = seqnos.put(vbucket, seqno);
    if (before != null && before >= seqno) {
      mistakes.add("vb:" + vbucket + ": seqno " + seqno + " after " + before);
    }
  }

  @Override
  public void onStreamEnd(StreamEnd end) {
    streamEnds.incrementAndGet();
  }

  @Override
  public void onRollback(com.couchbase.client.dcp.highlevel.Rollback rollback) {
    mistakes.add("vb:" + rollback.getVbucket() + " must go back to " + rollback.getSeqno());
    rollback.resume();
  }

  @Override
  public void onFailure(StreamFailure failure) {
    mistakes.add("vb:" + failure.getVbucket() + ": " + failure.getCause());
  }

  /** Key and body of all documents. */
  Map<String, String> documents() {
    return new TreeMap<>(documents);
  }

  long changes() {
    return changes.get();
  }

  /** Streams that ended under the client: it follows the vBuckets to where they are served. */
  long streamEnds() {
    return streamEnds.get();
  }

  List<String> mistakes() {
    return List.copyOf(mistakes);
  }

  @Override
  public void close() {
    client.disconnect().block(Duration.ofSeconds(20));
  }
}

package io.vbucket.rebalance.testkit.races;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Rebalancer;
import io.vbucket.rebalance.orchestrator.control.LimitChange;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.OneActiveMonitor;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits on bytes, between nodes that tell how large their vBuckets are. What is checked is told by the times that events carry. */
class ByteLimitOnSocketsTest {
  private static final String BUCKET = "travel";
  private static final int LIMIT_SECONDS = 60;
  private static final int VBUCKETS = 12;
  private static final int DOCUMENTS = 32;
  private static final int DOCUMENT_BYTES = 4096;
  /** Of the values alone. */
  private static final long COPY_BYTES = DOCUMENTS * DOCUMENT_BYTES;

  private final OneActiveMonitor oneActive = new OneActiveMonitor();
  private final List<RebalanceEvent> events = new CopyOnWriteArrayList<>();
  private EmbeddedCluster cluster;

  @BeforeEach
  void oneNodeHasAll() throws IOException {
    cluster = EmbeddedCluster.start(
        new EmbeddedCluster.Layout(2, 1, VBUCKETS, BUCKET, NodeVersion.V7_6, 0, 1), oneActive);
    Random random = new Random(4);
    cluster.node(0).run(data -> data.vbucketsIn(BUCKET, VBucketState.ACTIVE).forEach(vbucket -> {
      for (int number = 0; number < DOCUMENTS; number++) {
        byte[] value = new byte[DOCUMENT_BYTES];
        random.nextBytes(value);
        data.write(BUCKET, vbucket, ("doc-" + number).getBytes(), value, 0);
      }
    }));
  }

  @AfterEach
  void close() {
    cluster.close();
    assertThat(oneActive.violations()).isEmpty();
  }

  private Rebalancer limited(String limit) {
    RebalanceSettings settings =
        RebalanceSettings.load(ConfigFactory.parseString(limit).withFallback(ConfigFactory.load()));
    Rebalancer rebalancer =
        new Rebalancer(BUCKET, cluster.names(), settings, new NettyWiring(cluster.describe(), settings));
    rebalancer.subscribe(events::add);
    return rebalancer;
  }

  private List<Instant> starts() {
    return events.stream().filter(RebalanceEvent.MoveStarted.class::isInstance).map(RebalanceEvent::at).toList();
  }

  private void assertAllMoved(RebalanceSummary summary) {
    assertThat(summary.moved()).isEqualTo(VBUCKETS / 2);
    assertThat(cluster.node(1).<List<Integer>>call(data -> data.vbucketsIn(BUCKET, VBucketState.ACTIVE)))
        .hasSize(VBUCKETS / 2);
  }

  @Test
  void copies_begin_no_faster_than_the_limit_on_bytes_allows() throws Exception {
    long rate = 4 * COPY_BYTES;
    try (Rebalancer rebalancer = limited("rebalance.move.bytes-per-second-per-node = " + rate)) {
      assertAllMoved(rebalancer.start(RebalanceRequest.adding("n2")).toCompletableFuture()
          .get(LIMIT_SECONDS, TimeUnit.SECONDS));
    }
    List<Instant> starts = starts();
    assertThat(starts).hasSize(VBUCKETS / 2);
    for (int number = 0; number < starts.size(); number++) {
      double seconds = Duration.between(starts.get(0), starts.get(number)).toMillis() / 1000.0;
      double sent = (number + 1) * COPY_BYTES;
      // A clock of milliseconds may be one behind at the start and one before at the end.
      assertThat(sent).as("bytes that may have passed %.3f s after the first", seconds)
          .isLessThanOrEqualTo(rate * (seconds + 0.002) + rate);
    }
  }

  @Test
  void a_limit_that_is_raised_while_it_holds_lets_the_rest_go() throws Exception {
    CompletableFuture<Instant> raised = new CompletableFuture<>();
    try (Rebalancer rebalancer = limited("rebalance.move.bytes-per-second-per-link = 1 KiB")) {
      rebalancer.subscribe(event -> {
        if (event instanceof RebalanceEvent.MoveEnded && !raised.isDone()) {
          raised.complete(event.at());
          rebalancer.change(new LimitChange(LimitChange.Limit.BYTES_PER_SECOND_PER_LINK, 1 << 30));
        }
      });
      // At 1 KiB/s the second copy would begin after two minutes.
      assertAllMoved(rebalancer.start(RebalanceRequest.adding("n2")).toCompletableFuture()
          .get(LIMIT_SECONDS, TimeUnit.SECONDS));
    }
    assertThat(starts()).filteredOn(start -> start.isBefore(raised.join())).as("begun under the low limit").hasSize(1);
  }
}

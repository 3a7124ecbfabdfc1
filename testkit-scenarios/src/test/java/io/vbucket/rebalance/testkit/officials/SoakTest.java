package io.vbucket.rebalance.testkit.officials;

import static org.assertj.core.api.Assertions.assertThat;

import com.couchbase.client.java.Cluster;
import com.sun.management.UnixOperatingSystemMXBean;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import io.vbucket.rebalance.testkit.node.OneActiveMonitor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Rebalances back and forth for as long as system property {@code soak.seconds} says, with the official clients at work all the time: nothing
 * fails, nothing is lost, and heap, threads and sockets are at the end what they were at the beginning.
 */
@Tag("soak")
class SoakTest {
  private static final int SECONDS = Integer.getInteger("soak.seconds", 600);
  private static final int LEAST_OPERATIONS_A_SECOND = Integer.getInteger("soak.operations", 2_000);
  private static final int MOST_SECONDS_FOR_SPEED = 60;
  private static final double MIB = 1024 * 1024;

  /** What the process holds after a round, garbage collected. */
  private record Sample(long heapBytes, long threads, long files) {
    static Sample take() {
      System.gc();
      long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
          ? unix.getOpenFileDescriptorCount()
          : 0;
      return new Sample(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          ManagementFactory.getThreadMXBean().getThreadCount(), files);
    }
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.MINUTES)
  void heap_threads_and_sockets_stay_while_vbuckets_go_back_and_forth() throws Exception {
    OneActiveMonitor oneActive = new OneActiveMonitor();
    List<Sample> samples = new ArrayList<>();
    long moved = 0;
    long retried = 0;
    try (ClientComplaints complaints = new ClientComplaints();
        EmbeddedCluster nodes = EmbeddedCluster.start(EmbeddedCluster.Layout.of(3, 2, 64), oneActive);
        Cluster cluster = OfficialClients.connect(nodes);
        JavaClientLoad load =
            new JavaClientLoad(OfficialClients.open(cluster).defaultCollection(), 8, true, 1);
        DcpView view = new DcpView(nodes, true)) {
      view.start();
      load.start();
      long begin = System.nanoTime();
      for (int round = 0; samples.size() < 8 || System.nanoTime() - begin < SECONDS * 1_000_000_000L; round++) {
        RebalanceSummary there = OfficialClients.rebalance(nodes, RebalanceRequest.adding("n3"), 2L * round);
        RebalanceSummary back = OfficialClients.rebalance(nodes, RebalanceRequest.removing("n3"), 2L * round + 1);
        assertThat(there.unmoved()).isEmpty();
        assertThat(back.unmoved()).isEmpty();
        moved += there.moved() + back.moved();
        retried += there.retried() + back.retried();
        samples.add(Sample.take());
        assertThat(load.failures()).as("failed operations").isEmpty();
        assertThat(complaints.errors()).as("what the clients logged as errors").isEmpty();
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      long done = load.done();
      load.stop();
      assertThat(load.lost()).as("acknowledged writes that are lost").isEmpty();
      Awaitility.await().atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(view.documents()).isEqualTo(load.documents()));
      assertThat(view.mistakes()).isEmpty();
      oneActive.assertOneActive();
      System.out.printf("soak: %.0f s, %d rounds, %d moves, %d of them retried, %d operations (%.0f a second), "
          + "0 failed, 0 lost; at first / at the end: heap %.0f / %.0f MiB, threads %d / %d, open files %d / %d%n",
          seconds, samples.size(), moved, retried, done, done / seconds, least(early(samples), Sample::heapBytes) / MIB,
          least(late(samples), Sample::heapBytes) / MIB, least(early(samples), Sample::threads),
          least(late(samples), Sample::threads), least(early(samples), Sample::files),
          least(late(samples), Sample::files));
    }
    assertStable(samples);
  }

  /** Wall-clock is asserted here only: whoever runs the soak gives it the machine. */
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void two_thousand_operations_a_second_are_done_while_takeovers_are_retried() throws Exception {
    try (EmbeddedCluster nodes = EmbeddedCluster.start(EmbeddedCluster.Layout.of(3, 2, 64));
        Cluster cluster = OfficialClients.connect(nodes);
        JavaClientLoad load =
            new JavaClientLoad(OfficialClients.open(cluster).defaultCollection(), 24, true, 1)) {
      load.start();
      // Classes are loaded and pools are filled in the first round.
      OfficialClients.rebalance(nodes, RebalanceRequest.adding("n3"), 0);
      OfficialClients.rebalance(nodes, RebalanceRequest.removing("n3"), 1);
      long before = load.done();
      long begin = System.nanoTime();
      long retried = 0;
      for (int round = 1; System.nanoTime() - begin < Math.min(SECONDS, MOST_SECONDS_FOR_SPEED)
          * 1_000_000_000L; round++) {
        retried += OfficialClients.rebalance(nodes, RebalanceRequest.adding("n3"), 2L * round).retried();
        retried += OfficialClients.rebalance(nodes, RebalanceRequest.removing("n3"), 2L * round + 1).retried();
      }
      double perSecond = (load.done() - before) / ((System.nanoTime() - begin) / 1e9);
      load.stop();
      System.out.printf("soak: %.0f operations a second, %d takeovers retried meanwhile%n", perSecond, retried);
      assertThat(load.failures()).as("failed operations").isEmpty();
      assertThat(load.lost()).as("acknowledged writes that are lost").isEmpty();
      assertThat(retried).as("moves whose takeover was retried").isPositive();
      assertThat(perSecond).as("operations a second; -Dsoak.operations asks for others than 2000")
          .isGreaterThanOrEqualTo(LEAST_OPERATIONS_A_SECOND);
    }
  }

  /** Without the first rounds, in which classes are loaded and pools are filled. */
  private static List<Sample> early(List<Sample> samples) {
    return samples.subList(samples.size() / 4, samples.size() / 2);
  }

  private static List<Sample> late(List<Sample> samples) {
    return samples.subList(samples.size() * 3 / 4, samples.size());
  }

  /** The least of some samples: what is held for ever is in all of them, what is under way only in some. */
  private static long least(List<Sample> samples, ToLongFunction<Sample> of) {
    return samples.stream().mapToLong(of).min().orElseThrow();
  }

  private static void assertStable(List<Sample> samples) {
    assertThat(least(late(samples), Sample::heapBytes)).as("heap in bytes, early %s, late %s", early(samples),
        late(samples)).isLessThan(least(early(samples), Sample::heapBytes) * 5 / 4 + 16 * 1024 * 1024);
    assertThat(least(late(samples), Sample::threads)).as("threads, early %s, late %s", early(samples), late(samples))
        .isLessThanOrEqualTo(least(early(samples), Sample::threads) + 4);
    assertThat(least(late(samples), Sample::files)).as("open files, early %s, late %s", early(samples), late(samples))
        .isLessThanOrEqualTo(least(early(samples), Sample::files) + 16);
  }
}

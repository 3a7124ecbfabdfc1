package io.vbucket.rebalance.testkit.workload;

import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.testkit.client.KvClient;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Measures for how long a client sees a vBucket unserved during its takeover: from the start of a takeover on, one client asks that vBucket
 * every few milliseconds until the move has ended. The longest time that one operation took, with all its repetitions, is the pause.
 */
public final class PauseProbe implements Consumer<RebalanceEvent> {
  private static final long LONGEST_MICROS = TimeUnit.MINUTES.toMicros(5);

  private final KvClient client;
  private final Map<Integer, Watch> watches = new ConcurrentHashMap<>();
  private final Histogram pausesMicros = new ConcurrentHistogram(LONGEST_MICROS, 3);

  public PauseProbe(KvClient client) {
    this.client = client;
  }

  /** The pauses that were seen, in microseconds; one per vBucket whose takeover was tried. */
  public Histogram pausesMicros() {
    return pausesMicros;
  }

  @Override
  public void accept(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.PhaseEntered entered && entered.phase() == MovePhase.TAKEOVER) {
      watches.computeIfAbsent(entered.vbucket(), vbucket -> new Watch(vbucket).begin());
    } else if (event instanceof RebalanceEvent.MoveEnded ended) {
      Watch watch = watches.remove(ended.vbucket());
      if (watch != null) {
        watch.over = true;
      }
    }
  }

  private final class Watch {
    private final int vbucket;
    private long longest;
    private volatile boolean over;

    Watch(int vbucket) {
      this.vbucket = vbucket;
    }

    Watch begin() {
      long asked = System.nanoTime();
      client.probe(vbucket).whenComplete((answer, failure) -> {
        longest = Math.max(longest, System.nanoTime() - asked);
        if (over) {
          pausesMicros.recordValue(Math.min(LONGEST_MICROS, TimeUnit.NANOSECONDS.toMicros(longest)));
        } else {
          CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS, Runnable::run).execute(this::begin);
        }
      });
      return this;
    }
  }
}

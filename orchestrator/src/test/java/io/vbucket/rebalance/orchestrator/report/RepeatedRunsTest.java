package io.vbucket.rebalance.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.PlannedRebalance.PlannedMove;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A rebalance that is run again plans anew each time, and one report tells of all its runs. */
class RepeatedRunsTest {
  private static final List<String> NODES = List.of("n1", "n2", "n3", "n4");
  private static final MoveOutcome REFUSED = new MoveOutcome.Unmoved(1, FailureReason.STATE_REFUSED, "because", "");

  /** Plays runs, and keeps what must come out by the plainest of means. */
  private static final class Runs {
    final History history = new History();
    final List<List<String>> map = new ArrayList<>();
    RebalanceSummary sum;
    int failures;
    private int clock;
    private int run;

    Runs(int vbuckets) {
      for (int vbucket = 0; vbucket < vbuckets; vbucket++) {
        map.add(List.of("n1", "n2"));
      }
    }

    /** One run: {@code wanted} chains by vBucket and what comes of each; a move without an outcome never begins. */
    void run(Map<Integer, List<String>> wanted, Map<Integer, MoveOutcome> outcomes) {
      run++;
      List<PlannedMove> planned = new ArrayList<>();
      wanted.forEach((vbucket, chain) -> planned.add(new PlannedMove(vbucket, map.get(vbucket), chain)));
      add(new RebalanceEvent.RebalancePlanned(history.at(++clock), History.BUCKET,
          new PlannedRebalance("run-" + run, NODES, NODES, List.of(), List.of(), map, planned)));
      add(new RebalanceEvent.RebalanceStarted(history.at(++clock), History.BUCKET, planned.size()));
      int moved = 0;
      List<String> unmoved = new ArrayList<>();
      TreeMap<Integer, Integer> attempts = new TreeMap<>();
      for (PlannedMove move : planned) {
        MoveOutcome outcome = outcomes.get(move.vbucket());
        if (outcome == null) {
          unmoved.add(move.vbucket() + ": not begun");
          continue;
        }
        String from = move.chainBefore().get(0);
        String to = move.chainAfter().get(0);
        attempts.merge(outcome.attempts(), 1, Integer::sum);
        add(new RebalanceEvent.MoveStarted(history.at(++clock), History.BUCKET, move.vbucket(), from, to));
        if (outcome instanceof MoveOutcome.Moved) {
          moved++;
          map.set(move.vbucket(), move.chainAfter());
        } else {
          failures++;
          unmoved.add(move.vbucket() + ": because");
          add(new RebalanceEvent.AttemptFailed(history.at(++clock), History.BUCKET, move.vbucket(), 1,
              FailureReason.STATE_REFUSED, "because", false));
        }
        add(new RebalanceEvent.MoveEnded(history.at(++clock), History.BUCKET, move.vbucket(), from, to, outcome));
      }
      RebalanceSummary summary = new RebalanceSummary(
          moved, unmoved, List.of(), 0, attempts, List.of(), false, Duration.ofMillis(clock));
      sum = sum == null ? summary : sum.followedBy(summary);
      add(new RebalanceEvent.RebalanceEnded(history.at(++clock), History.BUCKET, summary));
    }

    private void add(RebalanceEvent event) {
      history.events.add(event);
    }

    BucketReport bucket() {
      return history.report().stageInfo().get("data").details().get(History.BUCKET);
    }
  }

  @Property(tries = 300, seed = "5")
  void the_map_afterwards_is_the_first_one_with_every_move_that_was_made(
      @ForAll Random chance, @ForAll @IntRange(min = 1, max = 5) int runs) {
    Runs all = new Runs(12);
    List<List<String>> before = List.copyOf(all.map);
    for (int run = 0; run < runs; run++) {
      Map<Integer, List<String>> wanted = new TreeMap<>();
      Map<Integer, MoveOutcome> outcomes = new TreeMap<>();
      for (int vbucket = 0; vbucket < before.size(); vbucket++) {
        int active = chance.nextInt(4);
        List<String> chain = List.of(NODES.get(active), NODES.get((active + 1 + chance.nextInt(3)) % 4));
        if (chance.nextBoolean()) {
          wanted.put(vbucket, chain);
          int end = chance.nextInt(3);
          if (end > 0) {
            outcomes.put(vbucket, end == 1 ? REFUSED : new MoveOutcome.Moved(1 + chance.nextInt(3), ""));
          }
        }
      }
      all.run(wanted, outcomes);
    }

    BucketReport bucket = all.bucket();
    assertThat(bucket.map().before()).isEqualTo(before);
    assertThat(bucket.map().after()).isEqualTo(all.map);
    RebalanceReport.Summary summary = all.history.report().summary();
    assertThat(summary.moved()).isEqualTo(all.sum.moved());
    assertThat(summary.unmoved()).isEqualTo(all.sum.unmoved());
    assertThat(summary.attempts()).isEqualTo(all.sum.attempts());
    assertThat(summary.moves()).as("as --json counts them").isEqualTo(all.sum.moved() + all.sum.unmoved().size());
    assertThat(bucket.vbucketLevelInfo().vbucketInfo().stream().mapToInt(move -> move.failures().size()).sum())
        .as("no failure is forgotten").isEqualTo(all.failures);
  }

  @Test
  void a_move_that_an_earlier_run_did_not_make_keeps_its_own_entry_and_its_failure_was_not_the_last_try() {
    Runs runs = new Runs(3);
    runs.run(Map.of(0, List.of("n3", "n2"), 1, List.of("n3", "n2"), 2, List.of("n4", "n2")),
        Map.of(0, new MoveOutcome.Moved(1, ""), 1, REFUSED, 2, REFUSED));
    runs.run(Map.of(1, List.of("n4", "n1")), Map.of(1, new MoveOutcome.Moved(1, "")));

    RebalanceReport report = runs.history.report();
    List<VBucketReport> moves = runs.bucket().vbucketLevelInfo().vbucketInfo();
    assertThat(moves).extracting(VBucketReport::id).containsExactly(0, 1, 1, 2);
    assertThat(moves).extracting(VBucketReport::run).containsExactly(1, 1, 2, 1);
    assertThat(moves.get(1).afterChain()).containsExactly("n3", "n2");
    assertThat(moves.get(2).afterChain()).containsExactly("n4", "n1");
    assertThat(report.summary().retryReasons()).isEqualTo(Map.of(FailureReason.STATE_REFUSED, 1));
    assertThat(report.summary().attempts()).isEqualTo(Map.of(1, 4));
    assertThat(report.completionMessage()).isEqualTo("Rebalance completed: 2 of 2 moves made.");
    assertThat(report.stageInfo().get("data").totalProgress()).isEqualTo(100);
    assertThat(runs.bucket().vbucketLevelInfo().move().totalCount()).isEqualTo(2);
    assertThat(runs.bucket().map().transfers()).containsExactly(
        new BucketReport.Transfer("n1", "n3", 1, 1, 0), new BucketReport.Transfer("n1", "n4", 1, 1, 0));
  }
}

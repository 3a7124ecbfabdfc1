package io.vbucket.rebalance.orchestrator.report;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport.NodesInfo;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport.Pauses;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport.PhaseTimes;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport.Stage;
import io.vbucket.rebalance.orchestrator.report.RebalanceReport.Summary;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Failure;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Gathers events and makes the report of them. To be subscribed as it is: {@code rebalancer.subscribe(fold)}. Remembers what the report
 * says and no more, so its size depends on the moves and not on how long they take. A report may be asked for from any thread and at any time.
 */
public final class ReportFold implements Consumer<RebalanceEvent> {
  private static final int VERSION = 1;

  private final Map<String, BucketFold> buckets = new LinkedHashMap<>();

  @Override
  public synchronized void accept(RebalanceEvent event) {
    buckets.computeIfAbsent(event.bucket(), bucket -> new BucketFold()).on(event);
  }

  /** How things stand. */
  public synchronized RebalanceReport report() {
    List<String> added = names(PlannedRebalance::added);
    List<String> removed = names(PlannedRebalance::removed);
    List<String> kept = names(PlannedRebalance::kept);
    List<String> active = new ArrayList<>(names(PlannedRebalance::nodes));
    Map<String, BucketReport> details = new LinkedHashMap<>();
    buckets.forEach((bucket, fold) -> details.put(bucket, fold.report()));
    Instant start = first(BucketFold::started);
    Instant end = buckets.values().stream().allMatch(fold -> fold.ended() != null) ? last(BucketFold::ended) : null;
    Span span = Span.of(start, end);
    Stage stage = new Stage(
        progress(moves()), progressByNode(), span.startTime(), span.completedTime(), span.timeTaken(), Map.of(),
        List.of(), details);
    Summary summary = summary(details, span);
    return new RebalanceReport(
        VERSION,
        buckets.values().stream().map(fold -> fold.plan().runId()).findFirst().orElse(""),
        type(added, removed),
        added.size(),
        added,
        removed.size(),
        removed,
        new NodesInfo(active, kept, removed, List.of(), List.of()),
        "",
        span.startTime(),
        span.completedTime(),
        span.timeTaken(),
        message(summary, end != null),
        Map.of("data", stage),
        summary);
  }

  private List<String> names(Function<PlannedRebalance, List<String>> which) {
    Set<String> names = new LinkedHashSet<>();
    buckets.values().forEach(fold -> names.addAll(which.apply(fold.plan())));
    return List.copyOf(names);
  }

  private Instant first(Function<BucketFold, Instant> which) {
    return buckets.values().stream().map(which).filter(Objects::nonNull).min(Instant::compareTo).orElse(null);
  }

  private Instant last(Function<BucketFold, Instant> which) {
    return buckets.values().stream().map(which).filter(Objects::nonNull).max(Instant::compareTo).orElse(null);
  }

  private List<MoveFold> moves() {
    return buckets.values().stream().flatMap(fold -> fold.moves().stream()).toList();
  }

  private static String type(List<String> added, List<String> removed) {
    if (added.isEmpty()) {
      return removed.isEmpty() ? "normal" : "node_removal";
    }
    return removed.isEmpty() ? "node_addition" : added.size() == removed.size() ? "swap_rebalance" : "normal";
  }

  private static double progress(Collection<MoveFold> moves) {
    return moves.isEmpty() ? 100 : 100.0 * moves.stream().filter(MoveFold::hasEnded).count() / moves.size();
  }

  private Map<String, Double> progressByNode() {
    Map<String, List<MoveFold>> byNode = new TreeMap<>();
    moves().forEach(move -> {
      Set<String> nodes = new LinkedHashSet<>(move.before());
      nodes.addAll(move.after());
      nodes.remove(null);
      nodes.forEach(node -> byNode.computeIfAbsent(node, n -> new ArrayList<>()).add(move));
    });
    Map<String, Double> progress = new TreeMap<>();
    byNode.forEach((node, moves) -> progress.put(node, progress(moves) / 100));
    return progress;
  }

  // ---- totals

  private Summary summary(Map<String, BucketReport> details, Span span) {
    List<VBucketReport> all =
        details.values().stream().flatMap(bucket -> bucket.vbucketLevelInfo().vbucketInfo().stream()).toList();
    List<String> unmoved = new ArrayList<>();
    List<String> needOperator = new ArrayList<>();
    List<String> residue = new ArrayList<>();
    TreeMap<Integer, Integer> attempts = new TreeMap<>();
    boolean stopped = false;
    int retried = 0;
    for (BucketFold fold : buckets.values()) {
      RebalanceSummary ended = fold.summary();
      if (ended != null) {
        unmoved.addAll(ended.unmoved());
        needOperator.addAll(ended.needOperator());
        residue.addAll(ended.residue());
        ended.attempts().forEach((number, count) -> attempts.merge(number, count, Integer::sum));
        stopped |= ended.stopped();
        retried += ended.retried();
      }
    }
    List<MoveFold> moves = moves();
    return new Summary(
        moves.size(),
        (int) moves.stream().filter(move -> move.outcome() == VBucketReport.Outcome.MOVED).count(),
        unmoved,
        needOperator,
        retried,
        attempts,
        residue,
        stopped,
        Math.round(span.taken()) / 1000.0,
        all.stream().mapToLong(VBucketReport::size).sum(),
        pauses(all),
        retryReasons(all),
        (int) moves.stream().filter(MoveFold::willNotConverge).count(),
        phases(all));
  }

  private static Pauses pauses(List<VBucketReport> all) {
    double[] sorted =
        all.stream().mapToDouble(VBucketReport::pauseMillis).filter(pause -> pause > 0).sorted().toArray();
    return new Pauses(sorted.length, rank(sorted, 50), rank(sorted, 99), rank(sorted, 100), sum(sorted));
  }

  private static Map<FailureReason, Integer> retryReasons(List<VBucketReport> all) {
    Map<FailureReason, Integer> reasons = new EnumMap<>(FailureReason.class);
    all.stream().flatMap(move -> move.failures().stream())
        .filter(Failure::again)
        .forEach(failure -> reasons.merge(failure.reason(), 1, Integer::sum));
    return reasons;
  }

  private static Map<MovePhase, PhaseTimes> phases(List<VBucketReport> all) {
    Map<MovePhase, PhaseTimes> times = new EnumMap<>(MovePhase.class);
    for (MovePhase phase : MovePhase.values()) {
      double[] sorted = all.stream().flatMap(move -> move.phases().stream())
          .filter(lasted -> lasted.phase() == phase && lasted.completedTime() != null)
          .mapToDouble(VBucketReport.Phase::timeTaken)
          .sorted()
          .toArray();
      if (sorted.length > 0) {
        times.put(phase,
            new PhaseTimes(sorted.length, sum(sorted), rank(sorted, 50), rank(sorted, 99), rank(sorted, 100)));
      }
    }
    return times;
  }

  private static double sum(double[] values) {
    return Span.rounded(Arrays.stream(values).sum());
  }

  /** The smallest value that is not exceeded by {@code percent} of all. */
  private static double rank(double[] sorted, int percent) {
    return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(percent / 100.0 * sorted.length) - 1];
  }

  private static String message(Summary summary, boolean ended) {
    if (!ended) {
      return "";
    }
    if (summary.moved() == summary.moves()) {
      return "Rebalance completed: " + summary.moves() + " of " + summary.moves() + " moves made.";
    }
    return "Rebalance " + (summary.stopped() ? "stopped" : "ended") + ": " + summary.moved() + " of " + summary.moves()
        + " moves made, " + summary.unmoved().size() + " not made, " + summary.needOperator().size()
        + " need an operator.";
  }
}

package io.vbucket.rebalance.orchestrator.report;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.report.BucketReport.Commit;
import io.vbucket.rebalance.orchestrator.report.BucketReport.Levels;
import io.vbucket.rebalance.orchestrator.report.BucketReport.NodeItems;
import io.vbucket.rebalance.orchestrator.report.BucketReport.NodePlace;
import io.vbucket.rebalance.orchestrator.report.BucketReport.Placement;
import io.vbucket.rebalance.orchestrator.report.BucketReport.Times;
import io.vbucket.rebalance.orchestrator.report.BucketReport.Transfer;
import io.vbucket.rebalance.orchestrator.report.BucketReport.Warning;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Items;
import io.vbucket.rebalance.orchestrator.report.VBucketReport.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Gathers the events of one bucket. */
final class BucketFold {
  /** By vBucket, one for each run that has planned its move. */
  private final TreeMap<Integer, List<MoveFold>> moves = new TreeMap<>();
  private final List<Commit> commits = new ArrayList<>();
  private final List<Warning> warnings = new ArrayList<>();
  private final List<Warning> interventions = new ArrayList<>();
  private PlannedRebalance plan = new PlannedRebalance(
      "", List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  private Instant started;
  private Instant ended;
  private RebalanceSummary summary;
  private int runs;

  void on(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.RebalancePlanned planned) {
      planned(planned.plan());
    } else if (event instanceof RebalanceEvent.RebalanceStarted) {
      started = started == null ? event.at() : started;
      ended = null;
    } else if (event instanceof RebalanceEvent.MapCommitted commit) {
      commits.add(new Commit(event.at(), commit.revision(), commit.moves()));
    } else if (event instanceof RebalanceEvent.Warned warned) {
      warnings.add(new Warning(event.at(), warned.what()));
    } else if (event instanceof RebalanceEvent.RebalanceEnded end) {
      ended = event.at();
      summary = summary == null ? end.summary() : summary.followedBy(end.summary());
    } else if (event instanceof RebalanceEvent.MoveStarted start) {
      moveOf(start.vbucket(), start.source(), start.destination()).on(event);
    } else if (event instanceof RebalanceEvent.MoveEnded end) {
      moveOf(end.vbucket(), end.source(), end.destination()).on(event);
    } else {
      String intervention = Intervention.inWords(event);
      if (intervention != null) {
        interventions.add(new Warning(event.at(), intervention));
      } else {
        ofMove(event);
      }
    }
  }

  /**
   * A run that is repeated is planned anew, from the map as the one before has left it: what was before the first run stays, and of what
   * earlier ones had planned, only what they began.
   */
  private void planned(PlannedRebalance told) {
    if (started == null) {
      plan = told;
    }
    runs++;
    moves.values().forEach(earlier -> earlier.removeIf(move -> !move.hasBegun()));
    told.moves().forEach(move -> add(
        new MoveFold(move.vbucket(), runs, move.chainBefore(), move.chainAfter())));
  }

  private MoveFold add(MoveFold move) {
    moves.computeIfAbsent(move.vbucket(), vb -> new ArrayList<>()).add(move);
    return move;
  }

  private MoveFold latest(int vbucket) {
    List<MoveFold> known = moves.getOrDefault(vbucket, List.of());
    return known.isEmpty() ? null : known.get(known.size() - 1);
  }

  private void ofMove(RebalanceEvent event) {
    MoveFold move = latest(vbucketOf(event));
    if (move != null) {
      move.on(event);
    }
  }

  private static int vbucketOf(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.PhaseEntered e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.CopyProgressed e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.AttemptStarted e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.SourceGoesDead e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.DestinationActive e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.AttemptFailed e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.WillNotConverge e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.MoveHeld e) {
      return e.vbucket();
    } else if (event instanceof RebalanceEvent.MoveSetBack e) {
      return e.vbucket();
    }
    throw new IllegalStateException("no rule for " + event);
  }

  /** Events that begin after the plan was told, say from the middle of a file, are taken as they come. */
  private MoveFold moveOf(int vbucket, String source, String destination) {
    MoveFold known = latest(vbucket);
    if (known != null) {
      return known;
    }
    List<String> before = new ArrayList<>();
    before.add(source);
    return add(new MoveFold(vbucket, Math.max(1, runs), before, List.of(destination)));
  }

  // ---- what is known

  PlannedRebalance plan() {
    return plan;
  }

  Instant started() {
    return started;
  }

  Instant ended() {
    return ended;
  }

  /** Of all runs that have ended; null before the first has. */
  RebalanceSummary summary() {
    return summary;
  }

  /** Those that were made, and those of the last plan: what an earlier run did not bring about was planned anew. */
  List<MoveFold> moves() {
    return all().filter(move -> move.run() >= runs || move.outcome() == Outcome.MOVED).toList();
  }

  /** By vBucket, and by run. */
  private Stream<MoveFold> all() {
    return moves.values().stream().flatMap(List::stream);
  }

  BucketReport report() {
    List<VBucketReport> reports = all().map(move -> move.report(move != latest(move.vbucket()))).toList();
    Span span = Span.of(started, ended);
    return new BucketReport(
        Map.of(),
        inboundBytes(),
        new Levels(
            times(reports, VBucketReport::move, moves().size()),
            times(reports, VBucketReport::backfill, -1),
            times(reports, VBucketReport::takeover, -1),
            times(reports, VBucketReport::persistence, -1),
            reports),
        itemsByNode(),
        "dcp",
        span.startTime(),
        span.completedTime(),
        span.timeTaken(),
        List.copyOf(commits),
        List.copyOf(warnings),
        List.copyOf(interventions),
        placement());
  }

  private Times times(List<VBucketReport> reports, Function<VBucketReport, Span> what, int all) {
    List<Span> measured = reports.stream().map(what).filter(span -> span.timeTaken() != null).toList();
    double total = measured.stream().mapToDouble(Span::taken).sum();
    int remaining = (int) moves().stream().filter(move -> !move.hasEnded()).count();
    return new Times(
        measured.isEmpty() ? 0 : Span.rounded(total / measured.size()),
        Span.rounded(total),
        all < 0 ? measured.size() : all,
        remaining);
  }

  private Map<String, Long> inboundBytes() {
    Map<String, Long> bytes = new TreeMap<>();
    all().forEach(
        move -> move.items().values().forEach(item -> bytes.merge(item.node(), item.bytes(), Long::sum)));
    return bytes;
  }

  private Map<String, NodeItems> itemsByNode() {
    Map<String, NodeItems> byNode = new TreeMap<>();
    all().forEach(move -> move.items().values().forEach(item -> {
      byNode.merge(item.node(), new NodeItems(item.inDocsTotal(), item.inDocsLeft(), 0, 0), BucketFold::sum);
      String source = move.before().get(0);
      if (source != null) {
        byNode.merge(source, new NodeItems(0, 0, item.inDocsTotal(), item.inDocsLeft()), BucketFold::sum);
      }
    }));
    return byNode;
  }

  private static NodeItems sum(NodeItems a, NodeItems b) {
    return new NodeItems(
        a.inDocsTotal() + b.inDocsTotal(), a.inDocsLeft() + b.inDocsLeft(),
        a.outDocsTotal() + b.outDocsTotal(), a.outDocsLeft() + b.outDocsLeft());
  }

  // ---- the map

  private Placement placement() {
    List<List<String>> after = new ArrayList<>(plan.chains());
    all().forEach(move -> {
      if (move.outcome() == Outcome.MOVED && move.vbucket() < after.size()) {
        after.set(move.vbucket(), move.after());
      }
    });
    List<NodePlace> nodes = new ArrayList<>();
    for (String node : nodes(after)) {
      nodes.add(new NodePlace(
          node, role(node), count(plan.chains(), node, true), count(after, node, true),
          count(plan.chains(), node, false), count(after, node, false)));
    }
    return new Placement(nodes, plan.chains(), after, transfers());
  }

  private Set<String> nodes(List<List<String>> after) {
    Set<String> nodes = new LinkedHashSet<>(plan.nodes());
    plan.chains().forEach(nodes::addAll);
    after.forEach(nodes::addAll);
    all().forEach(move -> {
      nodes.addAll(move.before());
      nodes.addAll(move.after());
    });
    nodes.remove(null);
    return nodes;
  }

  private String role(String node) {
    if (plan.added().contains(node)) {
      return "joins";
    } else if (plan.removed().contains(node)) {
      return "leaves";
    }
    return plan.nodes().contains(node) && !plan.kept().contains(node) ? "unused" : "stays";
  }

  private static int count(List<List<String>> chains, String node, boolean active) {
    return (int) chains.stream()
        .filter(chain -> {
          int position = chain.indexOf(node);
          return active ? position == 0 : position > 0;
        })
        .count();
  }

  private List<Transfer> transfers() {
    Map<List<String>, Transfer> byPair = new LinkedHashMap<>();
    moves().stream().filter(MoveFold::isTakeover).forEach(move -> {
      List<String> pair = List.of(move.before().get(0), move.after().get(0));
      long bytes = move.items().values().stream()
          .filter(item -> item.node().equals(pair.get(1)))
          .mapToLong(Items::bytes)
          .sum();
      byPair.merge(
          pair,
          new Transfer(pair.get(0), pair.get(1), 1, move.outcome() == Outcome.MOVED ? 1 : 0, bytes),
          (a, b) -> new Transfer(
              a.source(), a.destination(), a.planned() + b.planned(), a.moved() + b.moved(), a.bytes() + b.bytes()));
    });
    return List.copyOf(byPair.values());
  }
}

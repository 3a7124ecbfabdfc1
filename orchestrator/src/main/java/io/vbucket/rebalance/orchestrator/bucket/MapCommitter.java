package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import io.vbucket.rebalance.protocol.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The map as it grows true: collects finished moves, writes them into the next revision together, and tells when a revision is committed. A pure
 * function of what was asked and answered; immutable.
 *
 * <p>A revision is committed when the old and the new owner of every move in it know it. The other nodes are told too; one that misses it
 * gets a later one. An owner that never answers costs its own moves only: the others of the revision are committed.
 *
 * <p>The first revision announces where vBuckets will go. It shows whether a map can be written at all, so nothing moves before all nodes
 * that will hold one of these vBuckets have taken it: a takeover that cannot get into the map would leave clients at the wrong node.
 *
 * @param config the newest revision, written or being written
 * @param waiting moves for the next revision
 * @param writing moves of the revision that is being written, or announced
 * @param announcing whether that revision is the announcement
 * @param unanswered nodes that have not answered for that revision
 * @param refusals what nodes answered instead of accepting it
 * @param tries how often that revision was written
 * @param newerSeen whether a node seems to have a newer map than ours, now or earlier
 */
public record MapCommitter(
    BucketConfig config,
    List<Move> waiting,
    List<Move> writing,
    boolean announcing,
    Set<String> unanswered,
    Map<String, Answer.Failed> refusals,
    int tries,
    boolean newerSeen) {
  /** How often a revision is offered to a node that does not answer. */
  static final int MAX_TRIES = 5;

  public MapCommitter {
    waiting = List.copyOf(waiting);
    writing = List.copyOf(writing);
    unanswered = Set.copyOf(unanswered);
    refusals = Collections.unmodifiableMap(new TreeMap<>(refusals));
  }

  static MapCommitter of(BucketConfig config) {
    return new MapCommitter(config, List.of(), List.of(), false, Set.of(), Map.of(), 0, false);
  }

  /** What came of a revision. */
  enum Outcome {
    /** Nodes have yet to answer. */
    OPEN,
    COMMITTED,
    /** A required node did not answer, or not yet: the same revision is offered again. */
    AGAIN,
    /** A required node did not answer for too long: committed are the moves that do not need it ({@link MapCommitter#isTaken}). */
    PARTLY,
    /** A required node refused it, or nodes that must know before anything moves did not answer for too long. */
    FAILED
  }

  boolean isWriting() {
    return !writing.isEmpty();
  }

  MapCommitter want(Move move) {
    List<Move> more = new ArrayList<>(waiting);
    more.add(move);
    return new MapCommitter(config, more, writing, announcing, unanswered, refusals, tries, newerSeen);
  }

  /** Whether the move that was wanted last is the first of the next revision. Those that join it do not put it off. */
  boolean beginsBatch() {
    return !isWriting() && waiting.size() == 1;
  }

  /** A first committer for these moves: its configuration tells clients where they will go, and nobody has it yet. */
  static MapCommitter announcing(
      BucketConfig config, List<Move> moves, UnaryOperator<String> serverOf, Set<String> nodes) {
    return moves.isEmpty()
        ? of(config)
        : new MapCommitter(
            config.withForward(chains(moves, serverOf)), List.of(), moves, true, nodes, Map.of(), 1, false);
  }

  /** Puts all waiting moves into the next revision. */
  MapCommitter write(UnaryOperator<String> serverOf, Set<String> nodes) {
    return new MapCommitter(
        config.withChains(chains(waiting, serverOf)), List.of(), waiting, false, nodes, Map.of(), 1, newerSeen);
  }

  private static Map<Integer, List<String>> chains(List<Move> moves, UnaryOperator<String> serverOf) {
    Map<Integer, List<String>> chains = new TreeMap<>();
    for (Move move : moves) {
      List<String> chain = new ArrayList<>();
      move.after().forEach(name -> chain.add(name == null ? null : serverOf.apply(name)));
      chains.put(move.vbucket(), chain);
    }
    return chains;
  }

  MapCommitter again(Set<String> nodes) {
    return new MapCommitter(config, waiting, writing, announcing, nodes, Map.of(), tries + 1, newerSeen);
  }

  MapCommitter answered(String node, Answer answer) {
    Set<String> left = new HashSet<>(unanswered);
    left.remove(node);
    Map<String, Answer.Failed> refused = new HashMap<>(refusals);
    boolean newer = newerSeen;
    if (answer instanceof Answer.Failed failed) {
      refused.put(node, failed);
      newer |= saysNewer(failed);
    }
    return new MapCommitter(config, waiting, writing, announcing, left, refused, tries, newer);
  }

  /** The session looks before it writes and says so; nodes themselves take an older map as well. Other refusals are no sign of a newer one. */
  private static boolean saysNewer(Answer.Failed failed) {
    return failed.answered() && failed.status() == Status.KEY_EEXISTS;
  }

  /** Whether offering the same again may help. */
  private static boolean mayPass(Answer.Failed failed) {
    return !failed.answered() || switch (failed.status()) {
      case Status.ETMPFAIL, Status.EBUSY, Status.ENOMEM -> true;
      default -> false;
    };
  }

  Outcome outcome() {
    Set<String> required = required();
    if (required.stream().anyMatch(unanswered::contains)) {
      return Outcome.OPEN;
    }
    boolean overtaken = announcing && newerSeen;
    if (!overtaken && required.stream().noneMatch(refusals::containsKey)) {
      return Outcome.COMMITTED;
    }
    if (newerSeen || required.stream().anyMatch(this::isRefusedForGood)) {
      return Outcome.FAILED;
    } else if (tries < MAX_TRIES) {
      return Outcome.AGAIN;
    }
    return announcing ? Outcome.FAILED : Outcome.PARTLY;
  }

  /** Whether all nodes have taken the revision that one of its moves needs. Nodes that only others need are none of its business. */
  boolean isTaken(Move move) {
    return requiredBy(move).noneMatch(refusals::containsKey);
  }

  /** What the nodes said that a move needs, and that did not take the revision. */
  String troubles(Move move) {
    return requiredBy(move).filter(refusals::containsKey).map(node -> refusals.get(node).detail())
        .collect(Collectors.joining("; "));
  }

  private boolean isRefusedForGood(String node) {
    Answer.Failed refusal = refusals.get(node);
    return refusal != null && !mayPass(refusal);
  }

  /** Nodes without whose knowledge a revision is not committed, or an announcement not made. */
  Set<String> required() {
    Set<String> required = new HashSet<>();
    writing.forEach(move -> requiredBy(move).forEach(required::add));
    return required;
  }

  private Stream<String> requiredBy(Move move) {
    return Stream.concat(
        Stream.of(move.source() == null ? move.destination() : move.source()),
        announcing ? move.after().stream().filter(Objects::nonNull) : Stream.of(move.destination())).distinct();
  }

  /** What the nodes said that did not take the revision. */
  String troubles() {
    return refusals.values().stream().map(Answer.Failed::detail).collect(Collectors.joining("; "));
  }

  /**
   * What a move that is made waits for until it is in the map; empty for one that does not.
   *
   * @param batchDelay how long moves are gathered before a revision is written
   * @param pushTimeout how long a node may take to answer each time
   */
  List<Wait> waits(Move move, Duration batchDelay, Duration pushTimeout) {
    if (writing.contains(move) && !announcing) {
      return open().map(node -> onNode(node, pushTimeout)).toList();
    }
    if (!waiting.contains(move)) {
      return List.of();
    }
    String moves = waiting.size() + (waiting.size() == 1 ? " move" : " moves") + " gathered for the next";
    return List.of(isWriting()
        ? Wait.on("", "map revision " + config.revision() + ", which is before its own, is on its nodes")
            .with("answers of " + required().size() + " nodes",
                "none yet of " + open().collect(Collectors.joining(" and ")) + "; " + moves)
        : Wait.on("", "the next map revision is written", batchDelay).with("", moves));
  }

  /** Required nodes that have not taken the revision. */
  private Stream<String> open() {
    return required().stream().filter(node -> unanswered.contains(node) || refusals.containsKey(node)).sorted();
  }

  private Wait onNode(String node, Duration pushTimeout) {
    Answer.Failed refusal = refusals.get(node);
    return Wait.on(node, node + " takes the map with the new chain", pushTimeout)
        .with("revision " + config.revision(),
            (refusal == null ? "no answer yet" : refusal.detail()) + ", try " + tries + " of " + MAX_TRIES);
  }

  /** The revision that was written is dealt with; late answers to it mean nothing. */
  MapCommitter closed() {
    return new MapCommitter(config, waiting, List.of(), false, Set.of(), Map.of(), 0, newerSeen);
  }
}

package io.vbucket.rebalance.orchestrator.bucket;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.move.Move;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The map as it grows true: collects finished moves, writes them into the next revision together, and tells when a revision is committed. A pure
 * function of what was asked and answered; immutable.
 *
 * <p>A revision is committed when the old and the new owner of every move in it know it. The other nodes are told too; one that misses it
 * gets a later one.
 *
 * @param config the newest revision, written or being written
 * @param waiting moves for the next revision
 * @param writing moves of the revision that is being written
 * @param unanswered nodes that have not answered for that revision
 * @param refusals what required nodes answered instead of accepting it
 * @param tries how often that revision was written
 */
public record MapCommitter(
    BucketConfig config,
    List<Move> waiting,
    List<Move> writing,
    Set<String> unanswered,
    Map<String, String> refusals,
    int tries) {
  /** How often a revision is offered to a node that does not answer. */
  static final int MAX_TRIES = 5;

  public MapCommitter {
    waiting = List.copyOf(waiting);
    writing = List.copyOf(writing);
    unanswered = Set.copyOf(unanswered);
    refusals = Map.copyOf(refusals);
  }

  static MapCommitter of(BucketConfig config) {
    return new MapCommitter(config, List.of(), List.of(), Set.of(), Map.of(), 0);
  }

  /** What came of a revision. */
  enum Outcome {
    /** Nodes have yet to answer. */
    OPEN,
    COMMITTED,
    /** A required node did not answer: the same revision is offered again. */
    AGAIN,
    /** A required node refused it, or did not answer for too long. */
    FAILED
  }

  boolean isWriting() {
    return !writing.isEmpty();
  }

  MapCommitter want(Move move) {
    List<Move> more = new ArrayList<>(waiting);
    more.add(move);
    return new MapCommitter(config, more, writing, unanswered, refusals, tries);
  }

  /** Whether the move that was wanted last is the first of the next revision. Those that join it do not put it off. */
  boolean beginsBatch() {
    return !isWriting() && waiting.size() == 1;
  }

  /** A first committer for these moves: its configuration tells clients where they will go, and nobody has it yet. */
  static MapCommitter announcing(BucketConfig config, List<Move> moves, UnaryOperator<String> serverOf) {
    return of(moves.isEmpty() ? config : config.withForward(chains(moves, serverOf)));
  }

  /** Puts all waiting moves into the next revision. */
  MapCommitter write(UnaryOperator<String> serverOf, Set<String> nodes) {
    return new MapCommitter(config.withChains(chains(waiting, serverOf)), List.of(), waiting, nodes, Map.of(), 1);
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
    return new MapCommitter(config, waiting, writing, nodes, Map.of(), tries + 1);
  }

  MapCommitter answered(String node, boolean accepted, String detail) {
    Set<String> left = new HashSet<>(unanswered);
    left.remove(node);
    Map<String, String> refused = new TreeMap<>(refusals);
    if (!accepted) {
      refused.put(node, detail);
    }
    return new MapCommitter(config, waiting, writing, left, refused, tries);
  }

  /** @param refusedForGood whether a node answered that it has a newer configuration */
  Outcome outcome(boolean refusedForGood) {
    Set<String> required = required();
    if (required.stream().anyMatch(unanswered::contains)) {
      return Outcome.OPEN;
    }
    if (required.stream().noneMatch(refusals::containsKey)) {
      return Outcome.COMMITTED;
    }
    return refusedForGood || tries >= MAX_TRIES ? Outcome.FAILED : Outcome.AGAIN;
  }

  /** Nodes without whose knowledge a revision is not committed. */
  Set<String> required() {
    Set<String> required = new HashSet<>();
    for (Move move : writing) {
      required.add(move.destination());
      if (move.source() != null) {
        required.add(move.source());
      }
    }
    return required;
  }

  /** The revision that was written is dealt with; late answers to it mean nothing. */
  MapCommitter closed() {
    return new MapCommitter(config, waiting, List.of(), Set.of(), Map.of(), 0);
  }
}

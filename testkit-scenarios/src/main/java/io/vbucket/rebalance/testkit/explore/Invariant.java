package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.testkit.explore.model.Destination;
import io.vbucket.rebalance.testkit.explore.model.Moving;
import io.vbucket.rebalance.testkit.explore.model.Parts;
import io.vbucket.rebalance.testkit.explore.model.Source;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Rule;
import io.vbucket.rebalance.testkit.explore.search.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * The invariants of the race catalogue, as the explorer checks them. Some are read off states; others show in a single step and are found by the machine
 * that takes it, which names them.
 */
public enum Invariant implements Rule {
  I1("at no moment is the vBucket active on both nodes") {
    @Override
    Optional<String> broken(Source source, Destination destination) {
      return brokenIf(source.isActive() && destination.isActive(), "source and destination are both active");
    }
  },
  I2("a write that an active copy accepted is with whoever is active later") {
    @Override
    Optional<String> broken(Source source, Destination destination) {
      int received = destination.copy().seqno() - destination.copy().accepted();
      if (destination.isActive() && received < source.seqno()) {
        return Optional.of("the destination is active with " + received + " of the " + source.seqno()
            + " writes that the source accepted");
      }
      return brokenIf(source.isActive() && destination.copy().accepted() > 0,
          "the source is active without the writes that the destination accepted");
    }
  },
  I3("a finished move leaves the destination active, no stream, and nothing deleted before the map was committed") {
    @Override
    Optional<String> broken(Source source, Destination destination, Moving mover) {
      return brokenIf(source.copy() == CopyState.ABSENT && !mover.committed(),
          "the source's copy was deleted before the map was committed");
    }

    @Override
    Optional<String> brokenAtTheEnd(Source source, Destination destination, Moving mover) {
      if (!(mover.outcome().orElse(null) instanceof MoveOutcome.Moved moved)) {
        return Optional.empty();
      }
      boolean cleaned = source.copy() == CopyState.ABSENT || !moved.residue().isEmpty() && !source.isActive();
      return brokenIf(
          !destination.isActive() || !mover.committed() || !cleaned || hasStreams(source, destination),
          "the move ended well, but " + all(source, destination, mover));
    }
  },
  I4("a move that is given up leaves the source active, no stream, the map unchanged, and calls the operator only in need") {
    @Override
    public Optional<String> broken(Snapshot state) {
      boolean called = mover(state).outcome().orElse(null) instanceof MoveOutcome.NeedsOperator;
      boolean inNeed = state.spent(Fault.SILENCES) + state.spent(Fault.IMPATIENCE) > 0;
      return brokenIf(called && !inNeed, "the operator was called although every node answered in time");
    }

    @Override
    Optional<String> brokenAtTheEnd(Source source, Destination destination, Moving mover) {
      MoveOutcome outcome = mover.outcome().orElse(null);
      if (outcome instanceof MoveOutcome.NeedsOperator) {
        return brokenIf(source.copy() == CopyState.ABSENT && !destination.isActive(),
            "the operator was called, and the source's copy is deleted");
      }
      if (!(outcome instanceof MoveOutcome.Unmoved unmoved)) {
        return Optional.empty();
      }
      boolean undone =
          destination.state() == CopyState.ABSENT || !unmoved.residue().isEmpty() && !destination.isActive();
      return brokenIf(!source.isActive() || mover.committed() || !undone || hasStreams(source, destination),
          "the move was given up, but " + all(source, destination, mover));
    }
  },
  I5("ADD_STREAM is written only after the stream before is settled"),
  I6("a frame of one stream never acts on another, whatever numbers it carries"),
  I7("the move ends, whatever happens, within its budget of attempts") {
    @Override
    Optional<String> broken(Source source, Destination destination, Moving mover) {
      return brokenIf(mover.core().attempts() > mover.core().limits().maxAttempts(),
          "attempt " + mover.core().attempts() + " of at most " + mover.core().limits().maxAttempts());
    }
  },
  I8("whoever asked gets exactly one answer"),
  T3("a late STREAM_END never ends a newer stream"),
  T6("no STREAM_REQ reaches a producer that still has the stream"),
  T10("a request for a retry restarts the attempt that it is about, once"),
  T26("a refusal is never passed on to the producer, which would take it for consent"),
  T28("no frame of a stream reaches the consumer after it was told to close it");

  private final String text;

  Invariant(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }

  /** Those that hold for any orchestrator between these nodes, also for one that does not move by the rules of production. */
  static final List<Rule> OF_NODES = List.of(I1, I2);

  static final List<Rule> ALL = List.of(values());

  @Override
  public Optional<String> broken(Snapshot state) {
    Optional<String> ofNodes = broken(source(state), destination(state));
    return ofNodes.isPresent() || OF_NODES.contains(this)
        ? ofNodes
        : broken(source(state), destination(state), mover(state));
  }

  @Override
  public Optional<String> brokenAtTheEnd(Snapshot state) {
    return OF_NODES.contains(this)
        ? Optional.empty()
        : brokenAtTheEnd(source(state), destination(state), mover(state));
  }

  Optional<String> broken(Source source, Destination destination) {
    return Optional.empty();
  }

  Optional<String> broken(Source source, Destination destination, Moving mover) {
    return Optional.empty();
  }

  Optional<String> brokenAtTheEnd(Source source, Destination destination, Moving mover) {
    return Optional.empty();
  }

  /** Whether the move has come to an end. */
  static boolean isOver(Snapshot state) {
    return mover(state).isOver();
  }

  private static Source source(Snapshot state) {
    return state.of(Parts.SOURCE, Source.class);
  }

  private static Destination destination(Snapshot state) {
    return state.of(Parts.DESTINATION, Destination.class);
  }

  private static Moving mover(Snapshot state) {
    return state.of(Parts.MOVER, Moving.class);
  }

  private static boolean hasStreams(Source source, Destination destination) {
    return source.stream() != null || destination.stream() != null;
  }

  private static String all(Source source, Destination destination, Moving mover) {
    return "source is " + source.copy() + (source.stream() == null ? "" : " with a stream") + ", destination is "
        + destination.state() + (destination.stream() == null ? "" : " with a stream") + ", the map names the "
        + (mover.committed() ? "destination" : "source");
  }

  private static Optional<String> brokenIf(boolean broken, String how) {
    return broken ? Optional.of(how) : Optional.empty();
  }
}

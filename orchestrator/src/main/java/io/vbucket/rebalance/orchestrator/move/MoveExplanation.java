package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.config.TakeoverSettings;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a move waits for, as a function of the state of its {@link MoveProtocol} and of what its streams wait for.
 *
 * @param streams what the stream to each node waits for; nodes whose streams wait for nothing are left out
 * @param persisted what is known of how far the copies are on disk
 */
record MoveExplanation(
    TakeoverSettings takeover, MoveSettings settings, Map<String, Wait> streams, PersistedSeqnos persisted) {

  static final String UNEXPLAINED = "no explanation for ";

  List<Wait> of(ParkableMove move) {
    return move.stand() == ParkableMove.Stand.PARKED
        ? List.of(Wait.on("", "the operator lets it go on; it is parked"))
        : of(move.protocol());
  }

  private List<Wait> of(MoveProtocol protocol) {
    MoveState state = protocol.state();
    if (state instanceof MoveState.New || state instanceof MoveState.Finished) {
      return List.of();
    } else if (state instanceof MoveState.Checking checking) {
      return List.of(states(protocol, checking.asked()));
    } else if (state instanceof MoveState.Creating creating) {
      return tasks(creating.tasks());
    } else if (state instanceof MoveState.Building building) {
      return building(protocol, building);
    } else if (state instanceof MoveState.Persisting persisting) {
      return persisting(protocol, persisting);
    } else if (state instanceof MoveState.Widening widening) {
      return List.of(Wait.on(source(protocol), source(protocol) + " takes the topology of both chains")
          .with("success", tries(widening.tries())));
    } else if (state instanceof MoveState.AwaitingSlot) {
      return List.of(Explanation.AWAITS_SLOT);
    } else if (state instanceof MoveState.TakingOver) {
      return stream(protocol.move().destination(), protocol.move().destination() + " takes over");
    } else if (state instanceof MoveState.BackingOff backing) {
      return List.of(pause(
          "", backing.refill() ? "the copies are filled again" : "the next attempt begins", protocol.failures()));
    } else if (state instanceof MoveState.Ending ending) {
      return ending(protocol, "the move is undone after " + ending.reason());
    } else if (state instanceof MoveState.Committing) {
      return List.of(Explanation.AWAITS_MAP);
    } else if (state instanceof MoveState.Parting) {
      return ending(protocol, "the old active's state is changed");
    } else if (state instanceof MoveState.Confirming confirming) {
      String destination = protocol.move().destination();
      return List.of(Wait.on(destination, destination + " says that it is active, before old copies go")
          .with("ACTIVE", tries(confirming.asked())));
    } else if (state instanceof MoveState.CleaningUp cleaning) {
      return tasks(cleaning.tasks());
    } else if (state instanceof MoveState.CheckingUndo undo) {
      return List.of(states(protocol, undo.asked()));
    } else if (state instanceof MoveState.Undoing undoing) {
      return tasks(undoing.tasks());
    } else if (state instanceof MoveState.Leaving) {
      return ending(protocol, "the vBucket is left to an operator");
    }
    // A state without an explanation is a mistake that a test finds; it must not break the move.
    return List.of(Wait.on("", UNEXPLAINED + state));
  }

  private List<Wait> building(MoveProtocol protocol, MoveState.Building building) {
    List<Wait> waits = new ArrayList<>();
    building.copies().forEach((node, copy) -> copy(protocol, node, copy).ifPresent(waits::add));
    return List.copyOf(waits);
  }

  private Optional<Wait> copy(MoveProtocol protocol, String node, Copy copy) {
    return switch (copy.stage()) {
      case CHECKING ->
          Optional.of(Wait.on(node, node + " says what it has").with("its state", tries(copy.tries() + 1)));
      case PREPARING -> Optional.of(Wait.on(node, node + " becomes a replica").with("REPLICA",
          "asked, not confirmed, " + filling(protocol, node)));
      case CONNECTING ->
          Optional.of(streams.getOrDefault(node, Wait.on(node, "the replica stream to " + node + " begins")));
      case FILLING -> Optional.of(
          new Wait(node, node + " is filled, the limit being for a time without progress",
              "fewer than " + protocol.limits().backfillDoneBelow() + " items are left",
              (copy.itemsLeft() == Long.MAX_VALUE ? "no estimate yet" : copy.itemsLeft() + " items") + ", "
                  + filling(protocol, node),
              Optional.of(settings.backfillStallTimeout())));
      case FILLED -> Optional.empty();
      case ENDING -> Optional.of(streams.getOrDefault(
          node, Wait.on(node, "the stream to " + node + " ends, to fill it anew after " + copy.reason())));
      case BACKING_OFF -> Optional.of(
          pause(node, node + " is filled again", protocol.fillings().getOrDefault(node, 1)));
    };
  }

  /** A copy has attempts of its own, and as many of them as a takeover. */
  private static String filling(MoveProtocol protocol, String node) {
    return "filling " + (protocol.fillings().getOrDefault(node, 0) + 1) + " of " + protocol.limits().maxAttempts();
  }

  private Wait pause(String node, String then, int failures) {
    Duration pause = takeover.backoff().delay(Math.max(1, failures));
    return Wait.on(node, "a pause is over and " + then, pause).with("", "after " + failures
        + (failures == 1 ? " failure" : " failures"));
  }

  private List<Wait> persisting(MoveProtocol protocol, MoveState.Persisting persisting) {
    String source = source(protocol);
    if (!persisted.isWantedKnown()) {
      return List.of(Wait.on(source, source + " tells its high seqno, which the copies must have on disk",
          settings.persistenceTimeout()).with("a seqno", "no answer yet"));
    }
    return new TreeSet<>(persisting.open()).stream()
        .map(node -> Wait.on(node, node + " has on disk what " + source + " had", settings.persistenceTimeout())
            .with("seqno " + Long.toUnsignedString(persisted.wanted()), persisted.of(node)))
        .toList();
  }

  private static Wait states(MoveProtocol protocol, int asked) {
    return Wait.on("", String.join(" and ", protocol.move().nodes()) + " say what they have")
        .with("answers of all", tries(asked));
  }

  private static List<Wait> tasks(MoveState.Tasks tasks) {
    List<Wait> waits = new ArrayList<>();
    new TreeMap<>(tasks.open()).forEach((node, task) -> waits.add(
        Wait.on(node, node + " carries out " + task.kind()).with("success", "no answer yet, " + tries(tasks.tries()))));
    if (waits.isEmpty() && !tasks.failed().isEmpty()) {
      waits.add(Wait.on("", "nodes that failed are asked again")
          .with("success", tasks.failed() + ", " + tries(tasks.tries())));
    }
    return List.copyOf(waits);
  }

  private static String source(MoveProtocol protocol) {
    return protocol.move().source();
  }

  private static String tries(int asked) {
    return "asked " + asked + " of " + MoveProtocol.TRIES + " times";
  }

  /** What the stream says it waits for; it is between two of its waits when it says nothing. */
  private List<Wait> stream(String node, String otherwise) {
    return List.of(streams.getOrDefault(node, Wait.on(node, otherwise)));
  }

  private List<Wait> ending(MoveProtocol protocol, String then) {
    return new TreeSet<>(protocol.streams().keySet()).stream()
        .flatMap(node -> stream(node, "the stream to " + node + " ends and " + then).stream())
        .toList();
  }
}

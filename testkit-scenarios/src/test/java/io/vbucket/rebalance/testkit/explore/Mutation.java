package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.orchestrator.move.MoveEffect;
import io.vbucket.rebalance.orchestrator.move.MoveEvent;
import io.vbucket.rebalance.orchestrator.move.MoveProtocol;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import io.vbucket.rebalance.orchestrator.takeover.GateReport;
import io.vbucket.rebalance.orchestrator.takeover.Goal;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate.Ruling;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEffect;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.StreamEndReason;
import io.vbucket.rebalance.testkit.explore.model.Cores;
import io.vbucket.rebalance.testkit.explore.model.GateRules;
import io.vbucket.rebalance.testkit.explore.model.MoveRules;
import io.vbucket.rebalance.testkit.explore.model.TakeoverRules;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The cores with one mistake each, made by a function around them, and the check that must catch it. */
enum Mutation {
  STREAM_ENDS_OPAQUE_IS_NOT_COMPARED("the gate takes any STREAM_END for that of its stream", Invariant.I6,
      Map.of(Fault.RETRIES, 1), gate(new GateRules() {
        @Override
        public Ruling streamEnded(StreamGate gate, int opaque, StreamEndReason reason) {
          return gate.streamEnded(gate.streamOpaque(), reason);
        }
      })),
  REFUSAL_IS_PASSED_ON("the gate passes a refused SET_VBUCKET_STATE on", Invariant.T26,
      Map.of(Fault.REFUSALS, 1), gate(new GateRules() {
        @Override
        public Ruling stateAnswered(StreamGate gate, int opaque, int status) {
          return gate.stateAnswered(opaque, Status.SUCCESS);
        }
      })),
  NO_FENCE("the stream is closed without shutting the gate first", Invariant.I5,
      Map.of(), takeover((protocol, event) -> {
        TakeoverProtocol.Step step = protocol.on(event);
        boolean fences = step.effects().stream().anyMatch(TakeoverEffect.Fence.class::isInstance);
        return without(TakeoverEffect.Fence.class::isInstance,
            fences && step.next().state() instanceof TakeoverState.Settling s
                ? new TakeoverProtocol.Step(
                    in(step.next(),
                        new TakeoverState.Settling(s.goal(), true, s.consumerClosed(), s.producerClosed(),
                            s.progress())),
                    step.effects())
                : step);
      })),
  PRODUCER_IS_NOT_CLOSED("the stream is closed on the consumer only", Invariant.T6,
      Map.of(), takeover(closingOnly(Side.CONSUMER))),
  CONSUMER_IS_NOT_CLOSED("the stream is closed on the producer only", Invariant.I5,
      Map.of(), takeover(closingOnly(Side.PRODUCER))),
  CONSUMERS_ANSWER_IS_NOT_WAITED_FOR("states are read before the consumer said that its stream is closed", Invariant.I6,
      Map.of(Fault.IMPATIENCE, 1), takeover((protocol, event) -> {
        TakeoverProtocol.Step step = protocol.on(event);
        if (step.next().state() instanceof TakeoverState.Settling s && s.fenced() && s.producerClosed()
            && !s.consumerClosed()) {
          TakeoverProtocol.Step next = step.next()
              .on(new LinkEvent.CloseAnswered(step.next().generation(), Side.CONSUMER, Status.SUCCESS));
          List<TakeoverEffect> effects = new ArrayList<>(step.effects());
          effects.addAll(next.effects());
          return new TakeoverProtocol.Step(next.next(), effects);
        }
        return step;
      })),
  SOURCE_IS_RESTORED_BLINDLY("the source is made active again whatever the destination is", Invariant.I1,
      Map.of(Fault.CUTS, 1), takeover((protocol, event) -> protocol.on(
          protocol.state() instanceof TakeoverState.Inspecting && event instanceof TakeoverEvent.StatesRead read
              && read.destination() == CopyState.ACTIVE
                  ? new TakeoverEvent.StatesRead(read.inquiry(), read.source(), CopyState.PENDING)
                  : event))),
  OLD_CONNECTIONS_ARE_NOT_WAITED_FOR("a lost link counts as settled at once", Invariant.I1,
      Map.of(Fault.CUTS, 1), takeover((protocol, event) -> {
        TakeoverProtocol.Step step = protocol.on(event);
        if (event instanceof LinkEvent.Lost && step.next().state() instanceof TakeoverState.LinkGone) {
          TakeoverProtocol.Step next = step.next().on(new LinkEvent.OldConnectionsGone(true, true));
          List<TakeoverEffect> effects = new ArrayList<>(step.effects());
          effects.addAll(next.effects());
          return new TakeoverProtocol.Step(next.next(), effects);
        }
        return step;
      })),
  STATES_ARE_READ_TOO_EARLY("what was read before the old connections were gone is believed", Invariant.I1,
      Map.of(Fault.CUTS, 1, Fault.IMPATIENCE, 1), takeover((protocol, event) -> {
        if (protocol.state() instanceof TakeoverState.Inspecting i
            && event instanceof LinkEvent.OldConnectionsGone now) {
          return new TakeoverProtocol.Step(in(protocol, new TakeoverState.Inspecting(i.goal(), i.progress(),
              i.consumerGone() || now.consumerGone(), i.producerGone() || now.producerGone(), i.source(),
              i.destination())), List.of());
        }
        return protocol.on(event);
      })),
  SOURCE_IS_NOT_RESTORED("a failed attempt leaves the source dead", Invariant.I4,
      Map.of(Fault.RETRIES, 1), takeover((protocol, event) -> {
        TakeoverProtocol.Step step = protocol.on(event);
        return step.next().state() instanceof TakeoverState.Restoring r
            ? new TakeoverProtocol.Step(
                in(protocol, new TakeoverState.Idle()),
                List.of(new TakeoverEffect.CancelTimer(TakeoverEvent.Timer.NODE_DOWN),
                    new TakeoverEffect.Report(new StreamReport.Failed(r.inspecting().goal().attempt(),
                        FailureReason.NO_PROGRESS, "not restored", CopyState.PENDING))))
            : step;
      })),
  COMPLETION_IS_FORGOTTEN("a link that is lost while a finished takeover is settled counts as a failure", Invariant.I4,
      Map.of(Fault.CANCELS, 1, Fault.CUTS, 1), takeover((protocol, event) -> {
        TakeoverProtocol.Step step = protocol.on(event);
        return event instanceof LinkEvent.Lost && protocol.state() instanceof TakeoverState.Settling s
            && step.next().state() instanceof TakeoverState.LinkGone gone && gone.goal() instanceof Goal.ToComplete
                ? new TakeoverProtocol.Step(in(step.next(), new TakeoverState.LinkGone(
                    s.goal(), gone.progress(), gone.consumerGone(), gone.producerGone())), step.effects())
                : step;
      })),
  EARLY_END_COUNTS_AS_DONE("a STREAM_END before its time is taken for the end of the takeover", Invariant.I4,
      Map.of(Fault.EARLY_ENDS, 1), takeover((protocol, event) -> protocol.on(
          event instanceof LinkEvent.Saw saw && saw.report() instanceof GateReport.Ended ended
              ? new LinkEvent.Saw(new GateReport.Ended(ended.generation(), ended.reason(), Progress.ENDED))
              : event))),
  CLOSE_HAS_NO_LIMIT("the answers to CLOSE_STREAM are waited for for ever", Invariant.I7,
      Map.of(Fault.SILENCES, 1), takeover((protocol, event) -> without(
          effect -> effect instanceof TakeoverEffect.StartTimer start && start.timer() == TakeoverEvent.Timer.CLOSE,
          protocol.on(event)))),
  TAKEOVER_OVER_THE_FILLING_STREAM("the takeover's stream is added while the filling one runs", Invariant.I5,
      Map.of(), takeover((protocol, event) -> event instanceof TakeoverEvent.TakeOver
          && protocol.state() instanceof TakeoverState.Live
              ? in(protocol, new TakeoverState.Idle()).on(event)
              : protocol.on(event))),
  END_IS_REPORTED_TWICE("an end is reported twice", Invariant.I8,
      Map.of(), takeover((protocol, event) -> {
        TakeoverProtocol.Step step = protocol.on(event);
        boolean ends =
            !(protocol.state() instanceof TakeoverState.Over) && step.next().state() instanceof TakeoverState.Over;
        if (!ends) {
          return step;
        }
        List<TakeoverEffect> twice = new ArrayList<>(step.effects());
        step.effects().stream().filter(TakeoverEffect.Report.class::isInstance).forEach(twice::add);
        return new TakeoverProtocol.Step(step.next(), twice);
      })),
  ONE_ATTEMPT_TOO_MANY("the budget of attempts is overdrawn by one", Invariant.I7, 1,
      Map.of(Fault.RETRIES, 1), move((protocol, event) -> {
        MoveProtocol.Limits limits = protocol.limits();
        MoveProtocol.Step step =
            with(protocol, new MoveProtocol.Limits(limits.maxAttempts() + 1, limits.backfillDoneBelow()))
                .on(event);
        return new MoveProtocol.Step(with(step.next(), limits), step.effects());
      })),
  FAILED_COMMIT_IS_TAKEN_FOR_DONE("the old copy is deleted although no node took the map", Invariant.I3,
      Map.of(Fault.SILENCES, 1), move((protocol, event) -> protocol.on(
          event instanceof MoveEvent.Committed committed
              ? new MoveEvent.Committed(committed.question(), true, "")
              : event))),
  REPORT_OF_ANOTHER_ORDER_COUNTS("a failed filling that crosses the order to take over counts as the attempt's failure",
      Invariant.I4, 1, Map.of(Fault.CUTS, 1), move((protocol, event) -> protocol.on(
          event instanceof MoveEvent.Streamed streamed && streamed.report() instanceof StreamReport.Failed failed
              ? new MoveEvent.Streamed(streamed.node(), new StreamReport.Failed(
                  protocol.streams().getOrDefault(streamed.node(), failed.attempt()), failed.reason(), failed.detail(),
                  failed.destination()))
              : event))),
  SLOT_IS_KEPT("a move keeps its turn after the attempt was settled", Invariant.I7, 2, true,
      Map.of(Fault.RETRIES, 1), move((protocol, event) -> without(
          MoveEffect.FreeSlot.class::isInstance, protocol.on(event), event instanceof MoveEvent.Streamed))),
  CANCELLED_IN_THE_QUEUE("a move that is cancelled while it waits stays in the queue", Invariant.I7, 2, true,
      Map.of(Fault.CANCELS, 1), move((protocol, event) -> without(
          MoveEffect.FreeSlot.class::isInstance, protocol.on(event), event instanceof MoveEvent.Cancel))),
  LATE_TURN_IS_TAKEN("a turn that was given back is used when it comes after all", Invariant.I7, 2, true,
      Map.of(Fault.CUTS, 1), move((protocol, event) -> protocol.on(
          event instanceof MoveEvent.SlotGranted ? new MoveEvent.SlotGranted(protocol.question()) : event)));

  final String mistake;
  final Invariant caughtBy;
  final int maxAttempts;
  final boolean takeoverSlots;
  final Map<Fault, Integer> faults;
  final Cores cores;

  Mutation(String mistake, Invariant caughtBy, Map<Fault, Integer> faults, Cores cores) {
    this(mistake, caughtBy, 2, faults, cores);
  }

  Mutation(String mistake, Invariant caughtBy, int maxAttempts, Map<Fault, Integer> faults, Cores cores) {
    this(mistake, caughtBy, maxAttempts, false, faults, cores);
  }

  Mutation(String mistake, Invariant caughtBy, int maxAttempts, boolean takeoverSlots, Map<Fault, Integer> faults,
      Cores cores) {
    this.mistake = mistake;
    this.caughtBy = caughtBy;
    this.maxAttempts = maxAttempts;
    this.takeoverSlots = takeoverSlots;
    this.faults = faults;
    this.cores = cores;
  }

  private static Cores gate(GateRules rules) {
    return new Cores(rules, TakeoverRules.REAL, MoveRules.REAL);
  }

  private static Cores takeover(TakeoverRules rules) {
    return new Cores(GateRules.REAL, rules, MoveRules.REAL);
  }

  private static Cores move(MoveRules rules) {
    return new Cores(GateRules.REAL, TakeoverRules.REAL, rules);
  }

  /** The other side is neither closed nor waited for. */
  private static TakeoverRules closingOnly(Side side) {
    return (protocol, event) -> {
      TakeoverProtocol.Step step = protocol.on(event);
      if (protocol.state() instanceof TakeoverState.Settling
          || !(step.next().state() instanceof TakeoverState.Settling s)) {
        return step;
      }
      TakeoverState half = new TakeoverState.Settling(
          s.goal(), s.fenced(), side == Side.PRODUCER, side == Side.CONSUMER, s.progress());
      return without(effect -> effect instanceof TakeoverEffect.CloseStream close && close.side() != side,
          new TakeoverProtocol.Step(in(step.next(), half), step.effects()));
    };
  }

  private static TakeoverProtocol in(TakeoverProtocol protocol, TakeoverState state) {
    return new TakeoverProtocol(state, protocol.generation(), protocol.inquiry(), protocol.linkUp());
  }

  private static TakeoverProtocol.Step without(Predicate<TakeoverEffect> unwanted, TakeoverProtocol.Step step) {
    return new TakeoverProtocol.Step(step.next(), step.effects().stream().filter(unwanted.negate()).toList());
  }

  /** @param here whether it is left out at this step */
  private static MoveProtocol.Step without(Predicate<MoveEffect> unwanted, MoveProtocol.Step step, boolean here) {
    return here
        ? new MoveProtocol.Step(step.next(), step.effects().stream().filter(unwanted.negate()).toList())
        : step;
  }

  private static MoveProtocol with(MoveProtocol p, MoveProtocol.Limits limits) {
    return new MoveProtocol(p.move(), p.state(), p.phase(), p.question(), p.attempts(), p.failures(), p.fillings(),
        p.streams(), p.widened(), limits);
  }
}

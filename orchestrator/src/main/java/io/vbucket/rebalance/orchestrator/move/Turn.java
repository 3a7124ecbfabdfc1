package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.orchestrator.move.MoveEvent.Timer;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A {@link MoveProtocol} while one event is worked out: gathers what follows from it. Lives no longer than that. */
final class Turn {
  final Move move;
  MoveProtocol.Limits limits;
  private final List<MoveEffect> effects = new ArrayList<>();
  private final Map<String, Integer> fillings;
  private final SortedMap<String, Integer> streams;
  private MoveState state;
  private MovePhase phase;
  private int question;
  private int attempts;
  private int failures;
  private boolean widened;

  Turn(MoveProtocol before) {
    this.move = before.move();
    this.limits = before.limits();
    this.fillings = new HashMap<>(before.fillings());
    this.streams = new TreeMap<>(before.streams());
    this.state = before.state();
    this.phase = before.phase();
    this.question = before.question();
    this.attempts = before.attempts();
    this.failures = before.failures();
    this.widened = before.widened();
  }

  MoveProtocol.Step step() {
    return new MoveProtocol.Step(
        new MoveProtocol(move, state, phase, question, attempts, failures, fillings, streams, widened, limits),
        List.copyOf(effects));
  }

  int question() {
    return question;
  }

  int attempts() {
    return attempts;
  }

  int failures() {
    return failures;
  }

  boolean widened() {
    return widened;
  }

  Set<String> streams() {
    return Set.copyOf(streams.keySet());
  }

  /** Number of the next question. */
  int ask() {
    return ++question;
  }

  void to(MoveState next) {
    if (state instanceof MoveState.AwaitingSlot && !(next instanceof MoveState.TakingOver)) {
      effects.add(new MoveEffect.FreeSlot());
    }
    state = next;
    MovePhase entered = next.phase();
    if (entered != null && entered != phase) {
      phase = entered;
      effects.add(new MoveEffect.Entered(entered));
    }
  }

  void does(MoveEffect effect) {
    effects.add(effect);
  }

  void start(Timer timer) {
    does(new MoveEffect.StartTimer(timer, "", 0));
  }

  void start(Timer timer, String node) {
    does(new MoveEffect.StartTimer(timer, node, 0));
  }

  void cancel(Timer timer, String node) {
    does(new MoveEffect.CancelTimer(timer, node));
  }

  /** Nothing of the filling is waited for any more. */
  void cancelFilling() {
    for (String node : move.targets()) {
      cancel(Timer.POLL, node);
      cancel(Timer.BACKFILL_STALL, node);
    }
    cancel(Timer.PERSISTENCE, "");
  }

  // ---- streams

  /** Whether somebody may wait for a majority of a chain. */
  boolean hasReplicas() {
    return move.before().size() > 1 || move.after().size() > 1;
  }

  void replicate(String node) {
    streams.put(node, 0);
    does(new MoveEffect.Command(node, new TakeoverEvent.Replicate()));
  }

  void takeOver() {
    attempts++;
    streams.put(move.destination(), attempts);
    does(new MoveEffect.Command(move.destination(), new TakeoverEvent.TakeOver(attempts)));
  }

  void countFailure() {
    failures++;
  }

  /** Counts that a copy must be started anew; how often that was so by now. */
  int countFilling(String node) {
    return fillings.merge(node, 1, Integer::sum);
  }

  void end(String node, String why) {
    does(new MoveEffect.Command(node, new TakeoverEvent.End(why)));
  }

  void endAll(String why) {
    streams.keySet().forEach(node -> end(node, why));
  }

  void settled(String node) {
    boolean attempt = isTakingOver() && node.equals(move.destination());
    streams.remove(node);
    if (attempt && needsSlots()) {
      does(new MoveEffect.FreeSlot());
    }
  }

  /** Whether an attempt to take over has begun and is not settled, whatever has become of the move since. */
  private boolean isTakingOver() {
    return streams.getOrDefault(move.destination(), 0) > 0;
  }

  boolean needsSlots() {
    return limits.takeoverSlots();
  }

  /** Who made takeovers limited takes it that this move has a slot until it hears otherwise. */
  void needSlots() {
    if (!needsSlots()) {
      limits = limits.withTakeoverSlots();
      if (!isTakingOver()) {
        does(new MoveEffect.FreeSlot());
      }
    }
  }

  boolean allSettled() {
    return streams.isEmpty();
  }

  // ---- tasks

  void widen(CopyTask.Kind topology) {
    widened = true;
    does(new MoveEffect.Perform(ask(), new CopyTask(topology, move.source())));
  }

  /** Tells all of them at once. */
  MoveState.Tasks perform(Collection<CopyTask> tasks, int tries) {
    int number = ask();
    Map<String, CopyTask> open = new LinkedHashMap<>();
    for (CopyTask task : tasks) {
      open.put(task.node(), task);
      does(new MoveEffect.Perform(number, task));
    }
    return new MoveState.Tasks(open, Map.of(), tries);
  }

  /** Takes an answer in; null when it is none to these tasks. */
  MoveState.Tasks answered(MoveState.Tasks tasks, MoveEvent event) {
    if (!(event instanceof MoveEvent.TaskDone done) || done.question() != question
        || !tasks.open().containsKey(done.node())) {
      return null;
    }
    Map<String, CopyTask> open = new LinkedHashMap<>(tasks.open());
    CopyTask task = open.remove(done.node());
    Map<CopyTask, String> failed = new LinkedHashMap<>(tasks.failed());
    if (!done.done()) {
      failed.put(task, done.detail());
    }
    return new MoveState.Tasks(open, failed, tasks.tries());
  }

  void finish(MoveOutcome outcome) {
    to(new MoveState.Finished());
    does(new MoveEffect.Finish(outcome));
  }
}

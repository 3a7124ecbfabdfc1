package io.vbucket.rebalance.orchestrator.bucket;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import io.vbucket.rebalance.orchestrator.link.FlowBudget;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.move.Explanation;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.VBucketMover;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The movers of the moves that run, with what they share: the links between nodes, and the slots for takeovers where those are limited. Belongs to one {@link BucketRebalance} and is touched by
 * it alone.
 */
final class Movers {
  private final ActorContext<BucketRebalance.Command> context;
  private final BucketRebalance.Setup setup;
  private final ActorRef<VBucketMover.Report> reports;
  private final BiFunction<Move, Integer, BucketRebalance.Command> broke;
  private final Map<String, ActorRef<LinkCommand>> links = new HashMap<>();
  private final Map<Move, ActorRef<VBucketMover.Command>> running = new HashMap<>();
  /** How often each move was begun: one that was set back begins anew. */
  private final Map<Move, Integer> begun = new HashMap<>();

  private final FlowBudget flow;
  private TakeoverSlots slots;

  /**
   * @param limits for takeovers and for the flow of bytes
   * @param broke what to say when a mover has stopped: of a move, at which of its beginnings
   */
  Movers(
      ActorContext<BucketRebalance.Command> context,
      BucketRebalance.Setup setup,
      MoveLimits limits,
      ActorRef<VBucketMover.Report> reports,
      BiFunction<Move, Integer, BucketRebalance.Command> broke) {
    this.context = context;
    this.setup = setup;
    this.reports = reports;
    this.broke = broke;
    this.slots = TakeoverSlots.of(limits);
    this.flow = new FlowBudget(limits.flowRates(), () -> TimeUnit.MILLISECONDS.toNanos(setup.clock().millis()));
  }

  void spawn(Move move) {
    int times = begun.merge(move, 1, Integer::sum);
    Map<String, ActorRef<LinkCommand>> linksByNode = new LinkedHashMap<>();
    Map<String, ActorRef<NodeCommand>> nodes = new HashMap<>();
    move.nodes().forEach(node -> nodes.put(node, setup.nodes().get(node)));
    move.targets().forEach(node -> linksByNode.put(node, link(move.source(), node)));
    VBucketMover.Peers peers = new VBucketMover.Peers(linksByNode, nodes, reports);
    ActorRef<VBucketMover.Command> mover = context.spawn(
        VBucketMover.create(
            new VBucketMover.Order(move, times - 1, slots.needed()), setup.settings().takeover(),
            setup.settings().move(), peers, setup.clock()),
        "mover-" + move.vbucket() + (times > 1 ? "-" + times : ""));
    context.watchWith(mover, broke.apply(move, times));
    running.put(move, mover);
  }

  private ActorRef<LinkCommand> link(String source, String destination) {
    return links.computeIfAbsent(
        source + "->" + destination,
        pair -> context.spawn(
            setup.wiring().link(source, destination, setup.runId(), flow),
            "link-" + links.size()));
  }

  /** Moves that have a mover. */
  Set<Move> running() {
    return Collections.unmodifiableSet(running.keySet());
  }

  /** Whether the move runs, and is still at that one of its beginnings. */
  boolean isRunning(Move move, int times) {
    return running.containsKey(move) && begun.get(move) == times;
  }

  void tell(Move move, VBucketMover.Command command) {
    ActorRef<VBucketMover.Command> mover = running.get(move);
    if (mover != null) {
      mover.tell(command);
    }
  }

  void tell(int vbucket, VBucketMover.Command command) {
    of(OptionalInt.of(vbucket)).forEach(mover -> mover.tell(command));
  }

  void tellAll(VBucketMover.Command command) {
    running.values().forEach(mover -> mover.tell(command));
  }

  private List<ActorRef<VBucketMover.Command>> of(OptionalInt vbucket) {
    return running.entrySet().stream()
        .filter(entry -> vbucket.isEmpty() || vbucket.getAsInt() == entry.getKey().vbucket())
        .map(Map.Entry::getValue)
        .toList();
  }

  /**
   * Asks the movers what they wait for. For their turn to take over they wait here.
   *
   * @param maps what the map of a move waits for
   */
  void explain(BucketRebalance.Explain asked, Function<Move, List<Wait>> maps) {
    Map<Integer, Explanation.OwnersView> known = new HashMap<>();
    running.keySet().forEach(
        move -> known.put(move.vbucket(), new Explanation.OwnersView(slots.waits(move), maps.apply(move))));
    context.spawnAnonymous(Explanations.gather(of(asked.vbucket()), known, asked.replyTo()));
  }

  // ---- slots

  /** @param urgent whether the move must not wait behind others */
  void slotAsked(VBucketMover.SlotAsked asked, boolean urgent) {
    give(slots.ask(asked.move(), asked.question(), urgent));
  }

  void slotFree(Move move) {
    give(slots.free(move));
  }

  /** Other limits from now on, for takeovers and for bytes. */
  void change(MoveLimits limits) {
    flow.change(limits.flowRates());
    boolean asked = slots.needed();
    give(slots.with(limits, running.keySet()));
    if (slots.needed() && !asked) {
      tellAll(new VBucketMover.NeedSlots());
    }
  }

  private void give(TakeoverSlots.Step step) {
    slots = step.next();
    step.granted().forEach(to -> tell(to.move(), new VBucketMover.SlotGranted(to.question())));
  }

  // ---- the end

  void ended(Move move) {
    running.remove(move);
    slotFree(move);
  }

  void stopLinks() {
    links.values().forEach(link -> link.tell(new LinkCommand.Stop()));
  }
}

package io.vbucket.rebalance.orchestrator.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.RebalanceRequest;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.control.ControlRequest;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Above one {@link RebalanceOrchestrator} per bucket: gives each its turn, as {@link BucketTurns} says, and tells in the end what came of all.
 * What is asked of a single bucket is told to its own orchestrator; {@link GetOrchestrators} names them.
 */
public final class ClusterOrchestrator extends AbstractBehavior<ClusterOrchestrator.Command> {
  public sealed interface Command {}

  /** Rebalances all buckets; answered exactly once, with {@link Finished}, or at once with {@link Busy}. */
  public record Start(RebalanceRequest request, ActorRef<Answer> replyTo) implements Command {}

  /** Every bucket that runs is stopped, as {@link RebalanceOrchestrator.Stop} does it, and none begins any more. */
  public record Stop(Duration grace) implements Command {}

  /** The same for one bucket; the others go on. */
  public record StopBucket(String bucket, Duration grace) implements Command {}

  /** Sends all events of all buckets to {@code listener} from now on, until it stops. */
  public record Subscribe(ActorRef<RebalanceEvent> listener) implements Command {}

  /** Answered at once. */
  public record GetStanding(ActorRef<Standing> replyTo) implements Command {}

  /** Answered at once: the orchestrator of each bucket, by name. */
  public record GetOrchestrators(ActorRef<Orchestrators> replyTo) implements Command {}

  /** Answer to {@link Start}. */
  public sealed interface Answer {}

  public record Finished(ClusterSummary summary) implements Answer {}

  /** A rebalance of these buckets runs already. */
  public record Busy() implements Answer {}

  /**
   * @param running in the order in which they began
   * @param elapsed since the first began; zero when nothing runs
   */
  public record Standing(
      List<String> waiting, List<String> running, Map<String, BucketOutcome> ended, Duration elapsed) {}

  /**
   * @param byBucket in the order of the buckets' turns
   */
  public record Orchestrators(Map<String, ActorRef<RebalanceOrchestrator.Command>> byBucket) {
    public Orchestrators {
      byBucket = Collections.unmodifiableMap(new LinkedHashMap<>(byBucket));
    }
  }

  private record BucketAnswered(String bucket, RebalanceOrchestrator.Answer answer) implements Command {}

  private record BucketBroke(String bucket) implements Command {}

  private record Heard(RebalanceEvent event) implements Command {}

  private static final String STOPPED = "stopped before its turn came";

  /** What is under way. */
  private record Work(RebalanceRequest request, BucketTurns turns, Duration began, ActorRef<Answer> replyTo) {
    Work with(BucketTurns next) {
      return new Work(request, next, began, replyTo);
    }
  }

  private final List<ClusterBucket> buckets;
  private final RebalanceSettings settings;
  private final int atOnce;
  private final Clock clock;
  private final Map<String, ActorRef<RebalanceOrchestrator.Command>> orchestrators = new LinkedHashMap<>();
  private final Set<String> broken = new HashSet<>();
  /** Of those whose moves are under way: among how many the limits were shared when they were told last. */
  private final Map<String, Integer> sharers = new HashMap<>();
  private final Set<String> stopping = new HashSet<>();
  private Work work;

  /**
   * @param names the cluster's nodes
   * @param wirings the way to the nodes by bucket
   */
  public static Behavior<Command> create(
      List<ClusterBucket> buckets, List<String> names, RebalanceSettings settings, Function<String, Wiring> wirings,
      Clock clock) {
    return Behaviors.setup(
        context -> new ClusterOrchestrator(context, buckets, names, settings, wirings, clock));
  }

  /** How many buckets run at the same time: as the settings say, but never more than can have a move each. */
  public static int atOnce(int buckets, RebalanceSettings settings) {
    return Math.max(
        1, Math.min(buckets, Math.min(settings.buckets().inParallel(), settings.move().mostSharers())));
  }

  private ClusterOrchestrator(
      ActorContext<Command> context, List<ClusterBucket> buckets, List<String> names, RebalanceSettings settings,
      Function<String, Wiring> wirings, Clock clock) {
    super(context);
    this.buckets = List.copyOf(buckets);
    this.settings = settings;
    this.atOnce = atOnce(buckets.size(), settings);
    this.clock = clock;
    RebalanceSettings share = settings.sharedBy(atOnce);
    ActorRef<RebalanceEvent> events = context.messageAdapter(RebalanceEvent.class, Heard::new);
    for (String bucket : BucketTurns.inOrder(buckets)) {
      ActorRef<RebalanceOrchestrator.Command> orchestrator = context.spawnAnonymous(
          RebalanceOrchestrator.create(bucket, names, share, wirings.apply(bucket), clock));
      context.watchWith(orchestrator, new BucketBroke(bucket));
      orchestrator.tell(new RebalanceOrchestrator.Subscribe(events));
      orchestrators.put(bucket, orchestrator);
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Start.class, this::onStart)
        .onMessage(BucketAnswered.class, answered -> over(answered.bucket(), outcome(answered)))
        .onMessage(Heard.class, heard -> onEvent(heard.event()))
        .onMessage(BucketBroke.class, broke -> {
          broken.add(broke.bucket());
          return over(broke.bucket(),
              new BucketOutcome.Broke("its orchestrator ended by an error of this program, which"
                  + " the log has; 'rebalance repair' makes good what is left"));
        })
        .onMessage(Stop.class, this::onStop)
        .onMessage(StopBucket.class, this::onStopBucket)
        .onMessage(Subscribe.class, subscribe -> {
          orchestrators.values()
              .forEach(bucket -> bucket.tell(new RebalanceOrchestrator.Subscribe(subscribe.listener())));
          return this;
        })
        .onMessage(GetStanding.class, this::onGetStanding)
        .onMessage(GetOrchestrators.class, get -> {
          get.replyTo().tell(new Orchestrators(orchestrators));
          return this;
        })
        .build();
  }

  private Behavior<Command> onStart(Start start) {
    if (work != null) {
      start.replyTo().tell(new Busy());
      return this;
    }
    stopping.clear();
    work = new Work(start.request(), BucketTurns.of(buckets, atOnce), now(), start.replyTo());
    return go();
  }

  private Behavior<Command> over(String bucket, BucketOutcome outcome) {
    if (work == null) {
      return this;
    }
    sharers.remove(bucket);
    work = work.with(work.turns().ended(bucket, outcome));
    return go();
  }

  private Behavior<Command> go() {
    BucketTurns.Step step = work.turns().start();
    work = work.with(step.next());
    for (String bucket : step.begin()) {
      if (broken.contains(bucket)) {
        getContext().getSelf().tell(new BucketBroke(bucket));
      } else {
        orchestrators.get(bucket).tell(new RebalanceOrchestrator.Start(work.request(), hearing(bucket)));
      }
    }
    Set.copyOf(sharers.keySet()).forEach(this::share);
    return work.turns().isDone() ? finish() : this;
  }

  /** Limits can be changed once moves are under way, and each run begins with those that it was made with. */
  private Behavior<Command> onEvent(RebalanceEvent event) {
    if (event instanceof RebalanceEvent.RebalanceStarted && work != null
        && work.turns().running().contains(event.bucket())) {
      sharers.put(event.bucket(), atOnce);
      share(event.bucket());
    }
    return this;
  }

  /** Gives a bucket what others that have ended no longer use. */
  private void share(String bucket) {
    int now = work.turns().sharers();
    int before = sharers.put(bucket, now);
    LimitShares.changes(settings.move(), before, now).forEach(change -> orchestrators.get(bucket)
        .tell(new RebalanceOrchestrator.Steer(
            new ControlRequest.ChangeLimit(change), getContext().getSystem().ignoreRef())));
  }

  /** Takes the one answer of a bucket's orchestrator. */
  private ActorRef<RebalanceOrchestrator.Answer> hearing(String bucket) {
    ActorRef<Command> self = getContext().getSelf();
    return getContext().spawnAnonymous(Behaviors.receiveMessage(answer -> {
      self.tell(new BucketAnswered(bucket, answer));
      return Behaviors.stopped();
    }));
  }

  private BucketOutcome outcome(BucketAnswered told) {
    RebalanceOrchestrator.Answer answer = told.answer();
    if (answer instanceof RebalanceOrchestrator.Finished finished) {
      return new BucketOutcome.Ended(finished.summary());
    } else if (answer instanceof RebalanceOrchestrator.Refused refused) {
      return stopping.contains(told.bucket())
          ? new BucketOutcome.NotBegun(String.join("; ", refused.reasons()))
          : new BucketOutcome.Refused(refused.reasons());
    }
    throw new IllegalStateException("to a start, an orchestrator answers Finished or Refused, and not " + answer);
  }

  private Behavior<Command> finish() {
    Map<String, BucketOutcome> inOrder = new LinkedHashMap<>();
    BucketTurns.inOrder(buckets).forEach(bucket -> inOrder.put(bucket, work.turns().outcomes().get(bucket)));
    ActorRef<Answer> asker = work.replyTo();
    ClusterSummary summary = new ClusterSummary(inOrder, now().minus(work.began()));
    work = null;
    asker.tell(new Finished(summary));
    return this;
  }

  private Behavior<Command> onStop(Stop stop) {
    if (work == null) {
      return this;
    }
    work.turns().running().forEach(bucket -> stop(bucket, stop.grace()));
    work = work.with(work.turns().allWithdrawn(STOPPED));
    return go();
  }

  private Behavior<Command> onStopBucket(StopBucket stop) {
    if (work == null) {
      return this;
    }
    if (work.turns().running().contains(stop.bucket())) {
      stop(stop.bucket(), stop.grace());
    }
    work = work.with(work.turns().withdrawn(stop.bucket(), STOPPED));
    return go();
  }

  private void stop(String bucket, Duration grace) {
    stopping.add(bucket);
    orchestrators.get(bucket).tell(new RebalanceOrchestrator.Stop(grace));
  }

  private Behavior<Command> onGetStanding(GetStanding get) {
    get.replyTo().tell(work == null
        ? new Standing(List.of(), List.of(), Map.of(), Duration.ZERO)
        : new Standing(
            work.turns().waiting(), List.copyOf(work.turns().running()), work.turns().outcomes(),
            now().minus(work.began())));
    return this;
  }

  private Duration now() {
    return Duration.ofMillis(clock.millis());
  }
}

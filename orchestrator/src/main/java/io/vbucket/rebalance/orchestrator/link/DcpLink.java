package io.vbucket.rebalance.orchestrator.link;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.netty.channel.EventLoop;
import io.netty.handler.timeout.IdleStateHandler;
import io.vbucket.rebalance.config.Backoff;
import io.vbucket.rebalance.config.logging.MoveKeys;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure;
import io.vbucket.rebalance.orchestrator.net.NodeConnection;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.orchestrator.takeover.StreamGate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.event.Level;

/**
 * The link from a source to a destination: makes both connections, and makes them anew when either is lost, for ever until it is stopped. In
 * between it sees to it that the nodes dropped the old ones: each is opened and closed once more under its old name. What passes is the
 * relay's business; this actor only hands commands to the relay's thread, in their order.
 *
 * <p>An exception in here costs the connections, not the actor: streams hear {@link LinkEvent.Lost} as of any other loss.
 */
public final class DcpLink extends AbstractBehavior<LinkCommand> {
  /** Also of links that are made anew for the same pair in the same run: their names must differ, too. */
  private static final AtomicLong INCARNATIONS = new AtomicLong();

  /** Messages of the link to itself; those of an earlier incarnation are not listened to. */
  sealed interface Internal extends LinkCommand permits Connected, NotConnected, Broke, Kicked, ConnectNow, KickNow {}

  private record Connected(long incarnation, Side side, NodeConnection connection) implements Internal {}

  private record NotConnected(long incarnation, Throwable why) implements Internal {}

  private record Broke(long incarnation, String reason, Map<Integer, StreamGate> gates) implements Internal {}

  /** One try to get rid of an old connection has ended; {@code failure} is null when it is gone. */
  private record Kicked(long incarnation, int round, Side side, Throwable failure) implements Internal {}

  private record ConnectNow() implements Internal {}

  private record KickNow() implements Internal {}

  private final LinkIdentity identity;
  private final Backoff backoff;
  private final Duration idleTimeout;
  private final Rules rules;
  private final NodeConnector connector;
  private final TimerScheduler<LinkCommand> timers;
  private final LinkCounters counters = new LinkCounters();
  private final Map<Integer, ActorRef<LinkEvent>> streams = new LinkedHashMap<>();

  private long incarnation;
  private String name = "";
  private LinkTerms terms = LinkTerms.ALL;
  private EventLoop loop;
  private ConnectionPair pair = new ConnectionPair();
  private LinkEvent.NotUp trouble;
  private LinkRelay relay;
  private boolean up;
  private long upSinceNanos;
  private int failures;
  private OldConnections old = OldConnections.LIVING;
  private Map<Integer, StreamGate> lastGates = Map.of();

  /**
   * @param backoff pause between tries to connect, and to get rid of old connections
   * @param idleTimeout a side that has sent NOOPs, and then nothing for so long, is taken for dead
   */
  public record Timing(Backoff backoff, Duration idleTimeout) {}

  /**
   * @param retryRequestOpcode by which a destination asks for a retry
   * @param budget what may pass
   */
  public record Rules(int retryRequestOpcode, FlowBudget budget) {}

  public static Behavior<LinkCommand> create(
      LinkIdentity identity, Timing timing, Rules rules, NodeConnector connector) {
    Map<String, String> about = Map.of(
        MoveKeys.BUCKET, identity.bucket(), MoveKeys.SOURCE, identity.source().name(), MoveKeys.DESTINATION,
        identity.destination().name());
    return Behaviors.withMdc(
        LinkCommand.class,
        about,
        Behaviors.setup(context -> Behaviors.withTimers(
            timers -> new DcpLink(context, timers, identity, timing, rules, connector))));
  }

  private DcpLink(
      ActorContext<LinkCommand> context,
      TimerScheduler<LinkCommand> timers,
      LinkIdentity identity,
      Timing timing,
      Rules rules,
      NodeConnector connector) {
    super(context);
    this.timers = timers;
    this.identity = identity;
    this.backoff = timing.backoff();
    this.idleTimeout = timing.idleTimeout();
    this.rules = rules;
    this.connector = connector;
    connect();
  }

  @Override
  public Receive<LinkCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(LinkCommand.Stop.class, stop -> Behaviors.stopped())
        .onMessage(LinkCommand.class, this::onCommand)
        .onSignal(PostStop.class, stop -> {
          pair.close();
          onRelay(working -> working.drop("the link was stopped"));
          return this;
        })
        .build();
  }

  private Behavior<LinkCommand> onCommand(LinkCommand command) {
    try {
      carryOut(command);
    } catch (RejectedExecutionException ending) {
      // The program closes its sockets, and with them this link's: nothing comes up any more.
      getContext().getLog().debug("link {} has no thread any more for {}", name, command, ending);
    } catch (RuntimeException bug) {
      getContext().getLog().error("link {} fell over {} and starts anew", name, command, bug);
      startAnew("the link fell over " + command + ": " + bug);
    }
    return this;
  }

  private void startAnew(String reason) {
    if (up) {
      drop(reason);
    } else if (relay == null) {
      boolean kicking = old.round() > 0 && !old.areGone();
      timers.startSingleTimer(kicking ? new KickNow() : new ConnectNow(), backoff.delay(++failures));
    }
  }

  private void carryOut(LinkCommand command) {
    if (command instanceof LinkCommand.Attach attach) {
      streams.put(attach.vbucket(), attach.stream());
      String at = name;
      whenUp(working -> working.attach(attach.vbucket(), attach.stream()::tell, at));
      if (trouble != null) {
        attach.stream().tell(trouble);
      }
    } else if (command instanceof LinkCommand.Detach detach) {
      if (streams.remove(detach.vbucket(), detach.stream())) {
        onRelay(working -> working.detach(detach.vbucket()));
      }
    } else if (command instanceof LinkCommand.OpenStream open) {
      openStream(open);
    } else if (command instanceof LinkCommand.CloseStream close) {
      whenUp(working -> working.closeStream(close.vbucket(), close.generation(), close.side()));
    } else if (command instanceof LinkCommand.Fence fence) {
      fence(fence);
    } else if (command instanceof LinkCommand.Probe probe) {
      whenUp(working -> working.probe(probe.vbucket(), probe.generation()));
    } else if (command instanceof LinkCommand.ReadBytes read) {
      whenUp(working -> read.replyTo().tell(new LinkCommand.BytesPassed(
          read.vbucket(), identity.destination().name(), working.bytesOf(read.vbucket()))));
    } else if (command instanceof LinkCommand.Drop drop) {
      drop(drop.reason());
    } else if (command instanceof Connected connected) {
      onConnected(connected);
    } else if (command instanceof NotConnected failed) {
      onNotConnected(failed);
    } else if (command instanceof Broke broke) {
      onBroke(broke);
    } else if (command instanceof Kicked kicked) {
      onKicked(kicked);
    } else if (command instanceof KickNow) {
      kick();
    } else if (command instanceof ConnectNow) {
      connect();
    }
  }

  // ---- coming up

  private void connect() {
    pair.close();
    pair = new ConnectionPair();
    incarnation = INCARNATIONS.incrementAndGet();
    name = identity.connectionName(incarnation);
    loop = connector.nextLoop();
    pair.begun(open(Side.CONSUMER));
    pair.begun(open(Side.PRODUCER));
  }

  private CompletionStage<NodeConnection> open(Side side) {
    long number = incarnation;
    CompletionStage<NodeConnection> connection = connector.connect(identity.request(side, name, terms), loop);
    getContext().pipeToSelf(connection, (opened,
        failure) -> failure == null ? new Connected(number, side, opened) : new NotConnected(number, cause(failure)));
    return connection;
  }

  private void onConnected(Connected connected) {
    if (connected.incarnation() != incarnation) {
      return;
    }
    pair.made(connected.side(), connected.connection());
    if (!pair.isComplete()) {
      return;
    }
    if (pair.isOfOneKind()) {
      comeUp();
    } else {
      terms = pair.common(terms);
      getContext().getLog().info("link {}: {} are not of one kind, both get {}", name, pair, terms);
      connect();
    }
  }

  private void comeUp() {
    NodeConnection consumer = pair.of(Side.CONSUMER);
    NodeConnection producer = pair.of(Side.PRODUCER);
    pair.handedOver();
    long number = incarnation;
    ActorRef<LinkCommand> self = getContext().getSelf();
    EventLoop own = loop;
    LinkRelay fresh = new LinkRelay(
        new LinkRelay.Setup(
            identity.source().name(), identity.destination().name(), connector.limits().maxBodyBytes(),
            rules.retryRequestOpcode()),
        new LinkRelay.Pace(rules.budget(), (nanos, task) -> own.schedule(task, nanos, TimeUnit.NANOSECONDS)),
        new ChannelPort(consumer.channel()),
        new ChannelPort(producer.channel()),
        counters,
        (reason, gates) -> self.tell(new Broke(number, reason, gates)));
    relay = fresh;
    up = true;
    trouble = null;
    upSinceNanos = loop.ticker().nanoTime();
    lastGates = Map.of();
    old = OldConnections.LIVING;
    getContext().getLog().info("link {} is up", name);
    streams.forEach((vbucket, stream) -> {
      String at = name;
      onRelay(working -> working.attach(vbucket, stream::tell, at));
    });
    loop.execute(() -> {
      consumer.handOver(silenceAlarm(), new RelayHandler(Side.CONSUMER, fresh));
      producer.handOver(silenceAlarm(), new RelayHandler(Side.PRODUCER, fresh));
    });
  }

  private IdleStateHandler silenceAlarm() {
    return new IdleStateHandler(idleTimeout.toMillis(), 0, 0, TimeUnit.MILLISECONDS);
  }

  private void onNotConnected(NotConnected failed) {
    if (failed.incarnation() != incarnation) {
      return;
    }
    // The other side of this incarnation is not waited for; it may not even be listened to any more.
    incarnation = INCARNATIONS.incrementAndGet();
    pair.close();
    notUp(failed.why(), failed.why() instanceof ConnectionFailure refused && refused.isRefusal());
    Duration pause = backoff.delay(++failures);
    getContext().getLog().warn("link {} is not up, trying again in {} ms: {}", name, pause.toMillis(),
        failed.why().getMessage());
    timers.startSingleTimer(new ConnectNow(), pause);
  }

  /** Tells those who wait for the link; who attaches later hears it then. */
  private void notUp(Throwable why, boolean forGood) {
    trouble = new LinkEvent.NotUp(!forGood, String.valueOf(why.getMessage()));
    streams.values().forEach(stream -> stream.tell(trouble));
  }

  // ---- going down

  private void drop(String reason) {
    if (up) {
      // From now on nobody who attaches is told that the link is up, although the relay's thread may break it only later.
      up = false;
      onRelay(working -> working.drop(reason));
    }
  }

  private void onBroke(Broke broke) {
    if (broke.incarnation() != incarnation || relay == null) {
      return;
    }
    up = false;
    relay = null;
    lastGates = broke.gates();
    boolean lastedLong = loop.ticker().nanoTime() - upSinceNanos > backoff.max().toNanos();
    failures = lastedLong ? 0 : failures + 1;
    getContext().getLog().warn("link {} is lost: {}; {}", name, broke.reason(), counters);
    old = OldConnections.LIVING;
    kick();
    // A node may come back in another version.
    terms = LinkTerms.ALL;
  }

  /** Opens each old connection that may still live under its name, which makes its node drop it, and closes it again. */
  private void kick() {
    old = old.nextRound();
    for (Side side : Side.values()) {
      if (!old.isGone(side)) {
        long number = incarnation;
        int round = old.round();
        CompletionStage<NodeConnection> connection = connector.connect(identity.request(side, name, terms), loop);
        connection.thenAccept(NodeConnection::close);
        getContext().pipeToSelf(
            connection, (opened, failure) -> new Kicked(number, round, side, failure == null ? null : cause(failure)));
      }
    }
  }

  private void onKicked(Kicked kicked) {
    if (kicked.incarnation() != incarnation || kicked.round() != old.round()) {
      return;
    }
    boolean isNews = !old.failed();
    old = old.after(kicked.side(), kicked.failure() == null);
    if (kicked.failure() != null) {
      // Once per loss: a node that is away for minutes would fill the log with the same line.
      getContext().getLog().atLevel(isNews ? Level.WARN : Level.DEBUG).log(
          "whether the old {} connection {} is gone is not known, it is tried until it is known: {}", kicked.side(),
          name, kicked.failure().getMessage());
      // A node that comes back may not know its bucket yet: no refusal is for good before it has dropped the old connection.
      notUp(kicked.failure(), false);
    }
    if (old.open() > 0) {
      return;
    }
    LinkEvent gone = new LinkEvent.OldConnectionsGone(old.consumerGone(), old.producerGone());
    streams.values().forEach(stream -> stream.tell(gone));
    if (old.areGone()) {
      if (old.failed()) {
        getContext().getLog().info("the old connections {} are gone", name);
      }
      timers.startSingleTimer(new ConnectNow(), backoff.delay(failures));
    } else {
      timers.startSingleTimer(new KickNow(), backoff.delay(old.round()));
    }
  }

  // ---- what streams ask

  private void openStream(LinkCommand.OpenStream open) {
    if (!open.producerName().equals(name)) {
      getContext().getLog().debug("{} was meant for {} and is not done on {}", open, open.producerName(), name);
      return;
    }
    whenUp(working -> working.openStream(open.vbucket(), open.generation(), open.attempt(), open.takeover()));
  }

  private void fence(LinkCommand.Fence fence) {
    if (relay != null) {
      onRelay(working -> working.fence(fence.vbucket(), fence.generation()));
      return;
    }
    ActorRef<LinkEvent> stream = streams.get(fence.vbucket());
    if (stream != null) {
      StreamGate gate = lastGates.getOrDefault(fence.vbucket(), StreamGate.CLOSED);
      stream.tell(new LinkEvent.Fenced(fence.generation(), LinkRelay.progressOf(gate, fence.generation())));
    }
  }

  private void whenUp(Consumer<LinkRelay> work) {
    if (up) {
      onRelay(work);
    }
  }

  private void onRelay(Consumer<LinkRelay> work) {
    LinkRelay working = relay;
    // A loop that shuts down has closed its sockets; the relay heard it.
    if (working != null && !loop.isShuttingDown()) {
      loop.execute(() -> work.accept(working));
    }
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
  }
}

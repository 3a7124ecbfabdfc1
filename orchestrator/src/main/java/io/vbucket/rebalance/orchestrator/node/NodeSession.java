package io.vbucket.rebalance.orchestrator.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.vbucket.rebalance.config.NodeSettings;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameFormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The administrator's connections to one node. Everything about states goes over one connection, so that the node carries it out in the
 * order in which it was asked, even when an answer came too late; what may block the node goes over others. A run that changes nodes also
 * holds a DCP connection under its own name, by which another orchestrator sees it.
 */
public final class NodeSession extends AbstractBehavior<NodeCommand> {
  /** Every run's DCP connection on a node begins so, followed by {@code bucket:run}. */
  public static final String PRESENCE_PREFIX = "rebalance-run:";

  private static final int PRESENCE = -1;

  private record Opened(int lane, int connection, NodeChannel channel) implements Internal {}

  private record Received(int lane, int connection, Frame frame) implements Internal {}

  private record Down(int lane, int connection, NodeChannel.Trouble trouble) implements Internal {}

  private record Reconnect(int lane) implements Internal {}

  private record Expired(long ticket) implements Internal {}

  /** Messages of the session to itself. */
  sealed interface Internal extends NodeCommand permits Opened, Received, Down, Reconnect, Expired {}

  private record Waiting(NodeCommand.Ask ask, int lane) {}

  /**
   * @param name as the cluster names the node
   * @param presenceName empty when the run only reads
   */
  public record Identity(String name, String address, String bucket, String presenceName) {}

  private final Identity node;
  private final NodeSettings settings;
  private final Duration longestWait;
  private final NodeChannel.Opener opener;
  private final TimerScheduler<NodeCommand> timers;
  private final Map<Integer, Lane> lanes = new HashMap<>();
  private final Map<Long, Waiting> waiting = new HashMap<>();
  private String lastTrouble;
  /** Questions whose time is up while the first connection is still being made: its failure says more than that there is none. */
  private final Set<Long> overdue = new HashSet<>();
  private long lastTicket;

  /**
   * @param longestWait how long a wait for persistence may take
   */
  public static Behavior<NodeCommand> create(
      Identity node, NodeSettings settings, Duration longestWait, NodeChannel.Opener opener) {
    return Behaviors.setup(context -> Behaviors
        .withTimers(timers -> new NodeSession(context, timers, node, settings, longestWait, opener)));
  }

  private NodeSession(
      ActorContext<NodeCommand> context,
      TimerScheduler<NodeCommand> timers,
      Identity node,
      NodeSettings settings,
      Duration longestWait,
      NodeChannel.Opener opener) {
    super(context);
    this.node = node;
    this.settings = settings;
    this.longestWait = longestWait;
    this.opener = opener;
    this.timers = timers;
    connect(lane(node.presenceName().isEmpty() ? 0 : PRESENCE));
  }

  @Override
  public Receive<NodeCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(NodeCommand.Ask.class, this::onAsk)
        .onMessage(Received.class, this::onReceived)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(Down.class, this::onDown)
        .onMessage(Reconnect.class, message -> {
          connect(lane(message.lane()));
          return this;
        })
        .onMessage(Expired.class, this::onExpired)
        .onMessage(NodeCommand.Stop.class, stop -> Behaviors.stopped())
        .onSignal(PostStop.class, stop -> {
          lanes.values().forEach(Lane::close);
          List.copyOf(waiting.keySet())
              .forEach(ticket -> answer(ticket, new Answer.Failed(false, named("the session was closed"))));
          return this;
        })
        .build();
  }

  private Lane lane(int number) {
    return lanes.computeIfAbsent(number, Lane::new);
  }

  private void connect(Lane lane) {
    // Another may have led here before the pause was over: its end must not cost the connection that is made now.
    timers.cancel(reconnecting(lane));
    int connection = lane.connecting();
    int number = lane.number;
    ActorRef<NodeCommand> self = getContext().getSelf();
    opener.open(
        number == PRESENCE ? node.presenceName() : "",
        new NodeChannel.Listener(
            channel -> self.tell(new Opened(number, connection, channel)),
            frame -> self.tell(new Received(number, connection, frame)),
            trouble -> self.tell(new Down(number, connection, trouble)),
            trouble -> self.tell(new Down(number, connection, trouble))));
  }

  private Behavior<NodeCommand> onOpened(Opened opened) {
    Lane lane = lane(opened.lane());
    if (opened.connection() != lane.connection()) {
      opened.channel().close();
      return this;
    }
    lane.up(opened.channel());
    if (lane.number == PRESENCE && !lane(0).isUp()) {
      // Only once others can see this run may it ask, and so see them.
      connect(lane(0));
    }
    return this;
  }

  private Behavior<NodeCommand> onAsk(NodeCommand.Ask ask) {
    long ticket = ++lastTicket;
    Exchange exchange = Exchange.of(ask.question(), node.bucket());
    Lane lane = exchange.waits() ? leastBusyWaitLane() : lane(0);
    waiting.put(ticket, new Waiting(ask, lane.number));
    timers.startSingleTimer(
        ticket, new Expired(ticket), exchange.waits() ? longestWait : settings.requestTimeout());
    lane.begin(ticket, exchange);
    return this;
  }

  private Lane leastBusyWaitLane() {
    Lane best = null;
    for (int number = 1; number <= settings.waitLanes(); number++) {
      boolean fresh = !lanes.containsKey(number);
      Lane lane = lane(number);
      if (fresh) {
        connect(lane);
      }
      if (best == null || lane.openExchanges() < best.openExchanges()) {
        best = lane;
      }
    }
    return best;
  }

  private Behavior<NodeCommand> onReceived(Received received) {
    Lane lane = lane(received.lane());
    if (received.connection() != lane.connection()) {
      return this;
    }
    try {
      Lane.Closed closed = lane.received(received.frame());
      if (closed != null) {
        answer(closed.ticket(), closed.answer());
      }
    } catch (FrameFormatException wrong) {
      lane.close();
      return onDown(new Down(
          received.lane(), lane.connection(),
          new NodeChannel.Trouble(named("answered nonsense: " + wrong.getMessage()), true)));
    }
    return this;
  }

  private Behavior<NodeCommand> onDown(Down down) {
    Lane lane = lane(down.lane());
    if (down.connection() != lane.connection()) {
      return this;
    }
    lastTrouble = down.trouble().what();
    int failures = lane.down();
    getContext().getLog().info("{}", lastTrouble);
    lane.lost().forEach(ticket -> answer(ticket, new Answer.Failed(false, lastTrouble)));
    overdue.forEach(ticket -> answer(ticket, new Answer.Failed(false, lastTrouble)));
    overdue.clear();
    if (!down.trouble().mayPass()) {
      // Waiting would not make a wrong password right.
      List.copyOf(waiting.keySet()).forEach(ticket -> answer(ticket, new Answer.Failed(false, lastTrouble)));
    }
    timers.startSingleTimer(
        reconnecting(lane), new Reconnect(lane.number), settings.reconnectBackoff().delay(failures));
    return this;
  }

  private Behavior<NodeCommand> onExpired(Expired expired) {
    Waiting late = waiting.get(expired.ticket());
    if (late != null) {
      Lane lane = lane(late.lane());
      if (!lane.isUp() && lastTrouble == null && overdue.add(expired.ticket())) {
        timers.startSingleTimer(
            expired.ticket(), expired, settings.connectTimeout().plus(settings.handshakeTimeout()));
        return this;
      }
      lane.forget(expired.ticket());
      String without = lastTrouble != null
          ? lastTrouble
          : named("no connection in time; look whether the node runs and is not overloaded");
      answer(expired.ticket(), new Answer.Failed(false, lane.isUp() ? named("no answer in time") : without));
    }
    return this;
  }

  private static String reconnecting(Lane lane) {
    return "reconnect-" + lane.number;
  }

  private String named(String what) {
    return "node " + node.name() + " (" + node.address() + "): " + what;
  }

  private void answer(long ticket, Answer answer) {
    Waiting asked = waiting.remove(ticket);
    if (asked == null) {
      return;
    }
    timers.cancel(ticket);
    Answer named = answer instanceof Answer.Failed f && f.answered()
        ? f.saying(named("answered " + f.detail()))
        : answer;
    asked.ask().replyTo()
        .tell(new NodeCommand.Answered(asked.ask().number(), node.name(), asked.ask().question(), named));
  }

  /**
   * The names of other runs that are at work on a node, from its group of stats {@code dcp}.
   *
   * @param own what the names of all runs of this orchestrator begin with
   */
  public static List<String> otherRuns(Map<String, String> dcpStats, String bucket, String own) {
    List<String> others = new ArrayList<>();
    String prefix = PRESENCE_PREFIX + bucket + ":";
    for (String key : dcpStats.keySet()) {
      int at = key.indexOf(prefix);
      if (at >= 0) {
        String rest = key.substring(at + prefix.length());
        int end = rest.indexOf(':');
        String run = end < 0 ? rest : rest.substring(0, end);
        if (!run.startsWith(own) && !others.contains(run)) {
          others.add(run);
        }
      }
    }
    return others;
  }
}

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
 *
 * <p>Where that order does not hold - a deletion on a connection of its own, a request on a connection that was replaced since nothing came on
 * it any more - nothing about that copy is asked or told before the node has answered, or has dropped the connection.
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

  private record LookAround() implements Internal {}

  /** Messages of the session to itself. */
  sealed interface Internal extends NodeCommand permits Opened, Received, Down, Reconnect, Expired, LookAround {}

  /**
   * @param ask null: nobody asks, the session looks whether a connection lives
   */
  private record Waiting(NodeCommand.Ask ask, int lane) {}

  private record ConnectionKey(int lane, int connection) {}

  /**
   * How long a node may take for what is not answered at once.
   *
   * @param mapPush a new map
   * @param persistence a wait for persistence
   */
  public record Limits(Duration mapPush, Duration persistence) {}

  /**
   * @param name as the cluster names the node
   * @param presenceName empty when the run only reads
   */
  public record Identity(String name, String address, String bucket, String presenceName) {}

  private final Identity node;
  private final NodeSettings settings;
  private final Limits limits;
  private final NodeChannel.Opener opener;
  private final TimerScheduler<NodeCommand> timers;
  private final Map<Integer, Lane> lanes = new HashMap<>();
  private final Map<Long, Waiting> waiting = new HashMap<>();
  private final Map<ConnectionKey, Suspect> suspects = new HashMap<>();
  private String lastTrouble;
  /** Questions whose time is up while the first connection is still being made: its failure says more than that there is none. */
  private final Set<Long> overdue = new HashSet<>();
  private long lastTicket;

  public static Behavior<NodeCommand> create(
      Identity node, NodeSettings settings, Limits limits, NodeChannel.Opener opener) {
    return Behaviors.setup(context -> Behaviors
        .withTimers(timers -> new NodeSession(context, timers, node, settings, limits, opener)));
  }

  private NodeSession(
      ActorContext<NodeCommand> context,
      TimerScheduler<NodeCommand> timers,
      Identity node,
      NodeSettings settings,
      Limits limits,
      NodeChannel.Opener opener) {
    super(context);
    this.node = node;
    this.settings = settings;
    this.limits = limits;
    this.opener = opener;
    this.timers = timers;
    connect(lane(node.presenceName().isEmpty() ? 0 : PRESENCE));
    timers.startTimerWithFixedDelay(new LookAround(), settings.noopInterval());
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
        .onMessage(LookAround.class, look -> {
          lanes.values().stream().filter(Lane::isIdle).forEach(this::lookWhetherItLives);
          return this;
        })
        .onMessage(NodeCommand.Stop.class, stop -> Behaviors.stopped())
        .onSignal(PostStop.class, stop -> {
          lanes.values().forEach(Lane::close);
          suspects.values().forEach(Suspect::abort);
          List.copyOf(waiting.keySet())
              .forEach(ticket -> answer(ticket, new Answer.Failed(false, named("the session was closed"))));
          return this;
        })
        .build();
  }

  private Lane lane(int number) {
    return lanes.computeIfAbsent(number, any -> new Lane(number, number > 0));
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
    NodeQuestion question = ask.question();
    if (question instanceof NodeQuestion.OfCopy copy && isUnsettled(copy.vbucket())) {
      waiting.put(ticket, new Waiting(ask, 0));
      answer(ticket, new Answer.Failed(false, named(
          "was asked to change vb:" + copy.vbucket()
              + " and has not answered; it may still do so, and is asked nothing about it before")));
      return this;
    }
    Exchange exchange = Exchange.of(question, node.bucket());
    Duration limit = settings.requestTimeout();
    if (question instanceof NodeQuestion.WriteConfig) {
      limit = limits.mapPush();
    } else if (exchange.waits()) {
      limit = limits.persistence();
    }
    begin(ticket, ask, exchange, exchange.waits() ? leastBusy(1) : lane(0), limit);
    return this;
  }

  private void begin(long ticket, NodeCommand.Ask ask, Exchange exchange, Lane lane, Duration limit) {
    waiting.put(ticket, new Waiting(ask, lane.number));
    timers.startSingleTimer(ticket, new Expired(ticket), limit);
    lane.begin(ticket, exchange);
  }

  private void lookWhetherItLives(Lane lane) {
    begin(++lastTicket, null, new Exchange.Noop(), lane, settings.requestTimeout());
  }

  /** Whether a request that changes this copy may be carried out after what is asked now. */
  private boolean isUnsettled(int vbucket) {
    return suspects.values().stream().anyMatch(suspect -> suspect.isChanging(vbucket))
        || lanes.values().stream().anyMatch(lane -> lane.number > 0 && lane.isChanging(vbucket));
  }

  /** @param first number of the first of the lanes to choose from: those for waits begin at 1, those for deletions after them */
  private Lane leastBusy(int first) {
    Lane best = null;
    for (int number = first; number < first + settings.waitLanes(); number++) {
      boolean fresh = !lanes.containsKey(number);
      Lane lane = lane(number);
      if (best == null || lane.openExchanges() < best.openExchanges()) {
        best = lane;
      }
      if (fresh) {
        connect(lane);
      }
      if (lane.openExchanges() == 0) {
        return lane;
      }
    }
    return best;
  }

  private Behavior<NodeCommand> onReceived(Received received) {
    Lane lane = lane(received.lane());
    if (received.connection() != lane.connection()) {
      ConnectionKey key = new ConnectionKey(received.lane(), received.connection());
      Suspect suspect = suspects.get(key);
      if (suspect != null && suspect.isSettledBy(received.frame())) {
        suspects.remove(key).abort();
      }
      return this;
    }
    try {
      Lane.Result result = lane.received(received.frame());
      if (result instanceof Lane.Closed closed) {
        answer(closed.ticket(), closed.answer());
      } else if (result instanceof Lane.Blocking blocking) {
        begin(
            blocking.ticket(), waiting.get(blocking.ticket()).ask(), blocking.next(),
            leastBusy(1 + settings.waitLanes()),
            settings.deletionTimeout());
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
      suspects.remove(new ConnectionKey(down.lane(), down.connection()));
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
      List.copyOf(waiting.keySet()).forEach(ticket -> {
        lane(waiting.get(ticket).lane()).forget(ticket);
        answer(ticket, new Answer.Failed(false, lastTrouble));
      });
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
      boolean deaf = lane.forget(expired.ticket());
      String without = lastTrouble != null
          ? lastTrouble
          : named("no connection in time; look whether the node runs and is not overloaded");
      answer(expired.ticket(), new Answer.Failed(false, lane.isUp() ? named("no answer in time") : without));
      if (deaf && lane.isUp()) {
        replace(lane);
      }
    }
    return this;
  }

  private static String reconnecting(Lane lane) {
    return "reconnect-" + lane.number;
  }

  /** A connection that something on the way has forgotten stays silent for ever: no node closes it. */
  private void replace(Lane lane) {
    lastTrouble = named("nothing came on a connection in time; it is replaced");
    getContext().getLog().info("{}", lastTrouble);
    Suspect suspect = lane.giveUp();
    if (suspect != null) {
      suspects.put(new ConnectionKey(lane.number, lane.connection()), suspect);
    }
    lane.lost().forEach(ticket -> answer(ticket, new Answer.Failed(false, lastTrouble)));
    connect(lane);
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
    if (asked.ask() == null) {
      return;
    }
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

package io.vbucket.rebalance.orchestrator.link;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.ConfigFactory;
import io.netty.channel.EventLoop;
import io.vbucket.rebalance.config.Backoff;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.ScriptedNode;
import io.vbucket.rebalance.orchestrator.takeover.GateReport;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class DcpLinkTest {
  private static final int VB = 613;
  private static final int STREAM = 0x0b000000;
  private static final DcpLink.Timing TIMING = new DcpLink.Timing(
      new Backoff(Duration.ofMillis(1), Duration.ofMillis(20), 2), Duration.ofMinutes(1));
  private static final NodeConnector.Limits LIMITS = new NodeConnector.Limits(
      Duration.ofSeconds(5), Duration.ofSeconds(5), 256 * 1024, 21 * 1024 * 1024, 1024 * 1024, 256 * 1024);

  private static ActorTestKit kit;
  private static EventLoops loops;

  private final ScriptedNode source = new ScriptedNode("src");
  private final ScriptedNode destination = new ScriptedNode("dst");
  private final TestProbe<LinkEvent> stream = kit.createTestProbe();
  private final List<ActorRef<LinkCommand>> links = new ArrayList<>();

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create(ConfigFactory.parseString("akka.loglevel = OFF").withFallback(ConfigFactory.load()));
    loops = new EventLoops(1);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
    loops.close();
  }

  @AfterEach
  void closeLinksAndNodes() {
    // One that is left tries to come up for ever, also at a port that a later test's node may get.
    links.forEach(link -> link.tell(new LinkCommand.Stop()));
    source.close();
    destination.close();
  }

  private ActorRef<LinkCommand> link() {
    return link(source.address(), destination.address());
  }

  private ActorRef<LinkCommand> link(NodeAddress from, NodeAddress to) {
    return link(from, to, FlowBudget.unlimited());
  }

  private ActorRef<LinkCommand> link(NodeAddress from, NodeAddress to, FlowBudget budget) {
    LinkIdentity identity = new LinkIdentity(ScriptedNode.BUCKET, from, to, ScriptedNode.CREDENTIALS, "run7", 0);
    ActorRef<LinkCommand> link =
        kit.spawn(DcpLink.create(identity, TIMING, new DcpLink.Rules(Opcode.DCP_RETRY_REQUEST, budget),
            new NodeConnector(loops, LIMITS, ScriptedNode.PLAIN)));
    links.add(link);
    return link;
  }

  private ActorRef<LinkCommand> linkOn(OneThread oneThread, EventLoops on) {
    LinkIdentity identity = new LinkIdentity(
        ScriptedNode.BUCKET, source.address(), destination.address(), ScriptedNode.CREDENTIALS, "run7", 0);
    return oneThread.kit().spawn(DcpLink.create(
        identity, TIMING, new DcpLink.Rules(Opcode.DCP_RETRY_REQUEST, FlowBudget.unlimited()),
        new NodeConnector(on, LIMITS, ScriptedNode.PLAIN)));
  }

  private LinkEvent.Up attachedUp(ActorRef<LinkCommand> link) {
    link.tell(new LinkCommand.Attach(VB, stream.getRef()));
    return stream.expectMessageClass(LinkEvent.Up.class);
  }

  private void streamTo(
      Progress reached, ActorRef<LinkCommand> link, ScriptedNode.Peer consumer, ScriptedNode.Peer producer,
      String name) {
    link.tell(new LinkCommand.OpenStream(VB, 1, 1, true, name));
    Dcp.AddStream add = Dcp.AddStream.of(consumer.next());
    assertThat(add.vbucket()).isEqualTo(VB);
    assertThat(add.takeover()).isTrue();
    assertThat(LinkOpaques.isOwn(add.opaque())).isTrue();
    consumer.send(new Dcp.StreamReq(VB, STREAM, 1, 0, -1, 0, 0, 0).toFrame());
    producer.send(Frame.response(producer.next(), Status.SUCCESS));
    assertThat(consumer.next().opcode()).isEqualTo(Opcode.DCP_STREAM_REQ);
    byte[] streamOpaque = ByteBuffer.allocate(4).putInt(11).array();
    consumer.send(Frame.response(add.toFrame(), Status.SUCCESS, streamOpaque, Frame.NOTHING, Frame.NOTHING));
    stream.expectMessage(new LinkEvent.Saw(new GateReport.Requested(1)));
    stream.expectMessage(new LinkEvent.Saw(new GateReport.Accepted(1)));
    stream.expectMessage(new LinkEvent.AddAnswered(1, Status.SUCCESS));
    if (reached == Progress.PENDING_CONFIRMED) {
      producer.send(new Dcp.SetVBucketState(VB, STREAM, VBucketState.PENDING).toFrame());
      consumer.send(Frame.response(consumer.next(), Status.SUCCESS));
      assertThat(producer.next().opcode()).isEqualTo(Opcode.DCP_SET_VBUCKET_STATE);
      stream.expectMessage(new LinkEvent.Saw(new GateReport.StateAsked(1, VBucketState.PENDING)));
      stream.expectMessage(new LinkEvent.Saw(new GateReport.StateConfirmed(1, VBucketState.PENDING)));
    }
  }

  @Test
  void both_connections_are_opened_under_one_name_with_the_flags_of_their_side() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up up = attachedUp(link);
    Dcp.Open consumer = destination.nextDcp().open();
    Dcp.Open producer = source.nextDcp().open();
    assertThat(up.producerName()).isEqualTo(producer.name()).isEqualTo(consumer.name())
        .matches("replication:rebalance-run7-\\d+:src->dst:travel");
    assertThat(producer.flags()).isEqualTo(0x125);
    assertThat(consumer.flags()).isEqualTo(0x124);
    assertThat(consumer.json()).isEqualTo("{\"consumer_name\":\"dst\"}");
  }

  @Test
  void a_source_hears_that_its_window_is_free_as_fast_as_the_limit_allows_and_a_raised_limit_at_once() {
    // Time stands still: there is one second's worth and no more.
    FlowBudget budget = new FlowBudget(FlowBudgetTest.rates(Map.of("src->dst", 1000L)), () -> 0);
    attachedUp(link(source.address(), destination.address(), budget));
    ScriptedNode.Peer consumer = destination.nextDcp();
    ScriptedNode.Peer producer = source.nextDcp();
    consumer.send(new Dcp.BufferAck(9, 5000).toFrame());
    assertThat(Dcp.BufferAck.of(producer.next()).bytes()).isEqualTo(1000);
    budget.change(FlowBudgetTest.rates(Map.of()));
    assertThat(Dcp.BufferAck.of(producer.next()).bytes()).isEqualTo(4000);
  }

  @Test
  void NOOPs_pass_while_every_thread_of_the_orchestrator_is_busy() throws InterruptedException {
    try (OneThread oneThread = new OneThread()) {
      ActorRef<LinkCommand> link = linkOn(oneThread, loops);
      attachedUp(link);
      ScriptedNode.Peer consumer = destination.nextDcp();
      ScriptedNode.Peer producer = source.nextDcp();
      oneThread.occupy();
      for (int i = 0; i < 3; i++) {
        Frame noop = new Dcp.Noop(0x81969800 + i).toFrame();
        producer.send(noop);
        assertThat(consumer.next()).isEqualTo(noop);
        consumer.send(Frame.response(noop, Status.SUCCESS));
        assertThat(producer.next()).isEqualTo(Frame.response(noop, Status.SUCCESS));
      }
    }
  }

  @Test
  void nodes_of_different_versions_get_what_both_of_them_know() {
    ScriptedNode old = ScriptedNode.ofVersion("old", "6.0.5", Set.of(Feature.XATTR, Feature.JSON));
    ScriptedNode young =
        ScriptedNode.ofVersion("young", "7.6.11", Set.of(Feature.XATTR, Feature.JSON, Feature.COLLECTIONS));
    try (old; young) {
      ActorRef<LinkCommand> link = link(old.address(), young.address());
      LinkEvent.Up up = attachedUp(link);
      young.nextDcp();
      old.nextDcp();
      ScriptedNode.Peer consumer = young.nextDcp();
      ScriptedNode.Peer producer = old.nextDcp();
      assertThat(consumer.open().name()).isEqualTo(producer.open().name()).isEqualTo(up.producerName());
      assertThat(consumer.open().flags()).isEqualTo(0x24);
      assertThat(producer.open().flags()).isEqualTo(0x25);
      assertThat(consumer.features()).containsExactlyInAnyOrder(Feature.XATTR, Feature.JSON);
      assertThat(producer.features()).containsExactlyInAnyOrder(Feature.XATTR, Feature.JSON);
    }
  }

  @Test
  void a_whole_takeover_passes() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up up = attachedUp(link);
    ScriptedNode.Peer consumer = destination.nextDcp();
    ScriptedNode.Peer producer = source.nextDcp();
    streamTo(Progress.PENDING_CONFIRMED, link, consumer, producer, up.producerName());
    producer.send(new Dcp.SetVBucketState(VB, STREAM, VBucketState.ACTIVE).toFrame());
    consumer.send(Frame.response(consumer.next(), Status.SUCCESS));
    producer.next();
    producer.send(new Dcp.StreamEnd(VB, STREAM, io.vbucket.rebalance.protocol.StreamEndReason.OK).toFrame());
    assertThat(consumer.next().opcode()).isEqualTo(Opcode.DCP_STREAM_END);
    stream.expectMessage(new LinkEvent.Saw(new GateReport.StateAsked(1, VBucketState.ACTIVE)));
    stream.expectMessage(new LinkEvent.Saw(new GateReport.StateConfirmed(1, VBucketState.ACTIVE)));
    stream.expectMessage(new LinkEvent.Saw(
        new GateReport.Ended(1, io.vbucket.rebalance.protocol.StreamEndReason.OK, Progress.ENDED)));
  }

  @Test
  void fence_close_and_open_reach_the_consumer_in_their_order_and_answers_are_told_apart() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up up = attachedUp(link);
    ScriptedNode.Peer consumer = destination.nextDcp();
    ScriptedNode.Peer producer = source.nextDcp();
    streamTo(Progress.STREAMING, link, consumer, producer, up.producerName());
    link.tell(new LinkCommand.Probe(VB, 1));
    assertThat(stream.expectMessageClass(LinkEvent.Activity.class).bytes()).isPositive();
    link.tell(new LinkCommand.Fence(VB, 1));
    link.tell(new LinkCommand.CloseStream(VB, 1, Side.CONSUMER));
    link.tell(new LinkCommand.CloseStream(VB, 1, Side.PRODUCER));
    link.tell(new LinkCommand.OpenStream(VB, 2, 2, true, up.producerName()));
    stream.expectMessage(new LinkEvent.Fenced(1, Progress.STREAMING));
    Frame closeConsumer = consumer.next();
    Frame add = consumer.next();
    assertThat(closeConsumer.opcode()).isEqualTo(Opcode.DCP_CLOSE_STREAM);
    assertThat(add.opcode()).isEqualTo(Opcode.DCP_ADD_STREAM);
    assertThat(LinkOpaques.attemptOf(add.opaque())).isEqualTo(2);
    consumer.send(Frame.response(add, Status.ETMPFAIL));
    stream.expectMessage(new LinkEvent.AddAnswered(2, Status.ETMPFAIL));
    consumer.send(Frame.response(closeConsumer, Status.KEY_ENOENT));
    stream.expectMessage(new LinkEvent.CloseAnswered(1, Side.CONSUMER, Status.KEY_ENOENT));
    producer.send(Frame.response(producer.next(), Status.SUCCESS));
    stream.expectMessage(new LinkEvent.CloseAnswered(1, Side.PRODUCER, Status.SUCCESS));
  }

  @Test
  void t16_t19_a_lost_socket_is_told_with_how_far_the_stream_got_then_both_nodes_drop_the_old_then_the_link_is_up_again() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up first = attachedUp(link);
    ScriptedNode.Peer consumer = destination.nextDcp();
    ScriptedNode.Peer producer = source.nextDcp();
    streamTo(Progress.PENDING_CONFIRMED, link, consumer, producer, first.producerName());
    producer.close();
    LinkEvent.Lost lost = stream.expectMessageClass(LinkEvent.Lost.class);
    assertThat(lost.generation()).isEqualTo(1);
    assertThat(lost.progress()).isEqualTo(Progress.PENDING_CONFIRMED);
    assertThat(lost.reason()).contains("source src");
    stream.expectMessage(new LinkEvent.OldConnectionsGone(true, true));
    LinkEvent.Up second = stream.expectMessageClass(LinkEvent.Up.class);
    consumer.awaitClosed();
    assertThat(second.producerName()).isNotEqualTo(first.producerName());
    assertThat(source.openedNames())
        .containsExactly(first.producerName(), first.producerName(), second.producerName());
    assertThat(destination.openedNames())
        .containsExactly(first.producerName(), first.producerName(), second.producerName());
  }

  @Test
  void while_a_node_is_away_its_old_connection_is_told_as_unknown_and_a_fence_is_answered_from_memory() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up up = attachedUp(link);
    streamTo(Progress.STREAMING, link, destination.nextDcp(), source.nextDcp(), up.producerName());
    source.close();
    stream.expectMessageClass(LinkEvent.Lost.class);
    for (int round = 1; round <= 2; round++) {
      LinkEvent.NotUp told = stream.expectMessageClass(LinkEvent.NotUp.class);
      assertThat(told.mayPass()).isTrue();
      assertThat(told.detail()).contains("node src (127.0.0.1:");
      stream.expectMessage(new LinkEvent.OldConnectionsGone(true, false));
    }
    link.tell(new LinkCommand.CloseStream(VB, 1, Side.CONSUMER));
    link.tell(new LinkCommand.OpenStream(VB, 2, 2, true, up.producerName()));
    link.tell(new LinkCommand.Fence(VB, 1));
    LinkEvent event;
    do {
      event = stream.receiveMessage();
    } while (event instanceof LinkEvent.OldConnectionsGone || event instanceof LinkEvent.NotUp);
    assertThat(event).isEqualTo(new LinkEvent.Fenced(1, Progress.STREAMING));
  }

  @Test
  void i5_a_stream_that_was_decided_on_the_lost_link_is_not_added_on_the_new_one() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up first = attachedUp(link);
    destination.nextDcp();
    source.nextDcp();
    link.tell(new LinkCommand.Drop(VB, "a test drops it"));
    assertThat(stream.expectMessageClass(LinkEvent.Lost.class).reason()).isEqualTo("a test drops it");
    stream.expectMessage(new LinkEvent.OldConnectionsGone(true, true));
    LinkEvent.Up second = stream.expectMessageClass(LinkEvent.Up.class);
    destination.nextDcp();
    link.tell(new LinkCommand.OpenStream(VB, 1, 1, true, first.producerName()));
    link.tell(new LinkCommand.OpenStream(VB, 2, 2, true, second.producerName()));
    Dcp.AddStream added = Dcp.AddStream.of(destination.nextDcp().next());
    assertThat(LinkOpaques.attemptOf(added.opaque())).isEqualTo(2);
  }

  @Test
  void t31_links_of_the_same_pair_never_share_a_name_and_the_loss_of_one_leaves_the_other() {
    ActorRef<LinkCommand> one = link();
    LinkEvent.Up first = attachedUp(one);
    ScriptedNode.Peer consumerOfFirst = destination.nextDcp();
    source.nextDcp();
    ActorRef<LinkCommand> other = link();
    TestProbe<LinkEvent> otherStream = kit.createTestProbe();
    other.tell(new LinkCommand.Attach(VB, otherStream.getRef()));
    LinkEvent.Up second = otherStream.expectMessageClass(LinkEvent.Up.class);
    assertThat(second.producerName()).isNotEqualTo(first.producerName());
    other.tell(new LinkCommand.Drop(VB, "gone"));
    otherStream.expectMessageClass(LinkEvent.Lost.class);
    otherStream.expectMessage(new LinkEvent.OldConnectionsGone(true, true));
    otherStream.expectMessageClass(LinkEvent.Up.class);
    one.tell(new LinkCommand.OpenStream(VB, 1, 1, true, first.producerName()));
    assertThat(consumerOfFirst.next().opcode()).isEqualTo(Opcode.DCP_ADD_STREAM);
    Set<String> names = new HashSet<>(destination.openedNames());
    assertThat(names).hasSize(3);
  }

  @Test
  void garbage_of_a_node_costs_its_own_link_only_and_is_named() {
    ActorRef<LinkCommand> link = link();
    attachedUp(link);
    destination.nextDcp();
    ScriptedNode.Peer producer = source.nextDcp();
    producer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    LinkEvent.Lost lost = stream.expectMessageClass(LinkEvent.Lost.class);
    assertThat(lost.reason()).contains("source src").contains("unknown magic 0x48");
    stream.expectMessage(new LinkEvent.OldConnectionsGone(true, true));
    stream.expectMessageClass(LinkEvent.Up.class);
  }

  @Test
  void a_broken_rule_of_the_caller_drops_the_link_instead_of_killing_the_rebalance() {
    ActorRef<LinkCommand> link = link();
    LinkEvent.Up up = attachedUp(link);
    link.tell(new LinkCommand.OpenStream(VB, 1, 1, true, up.producerName()));
    link.tell(new LinkCommand.OpenStream(VB, 2, 2, true, up.producerName()));
    assertThat(stream.expectMessageClass(LinkEvent.Lost.class).reason()).contains("must not be added over");
    stream.expectMessage(new LinkEvent.OldConnectionsGone(true, true));
    stream.expectMessageClass(LinkEvent.Up.class);
  }

  @Test
  void a_link_comes_up_when_its_node_does() throws Exception {
    NodeAddress later;
    try (java.net.ServerSocket free = new java.net.ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
      later = new NodeAddress("src", "127.0.0.1", free.getLocalPort());
    }
    ActorRef<LinkCommand> link = link(later, destination.address());
    link.tell(new LinkCommand.Attach(VB, stream.getRef()));
    destination.nextDcp().awaitClosed();
    destination.nextDcp().awaitClosed();
    try (ScriptedNode node = ScriptedNode.at(later)) {
      LinkEvent event;
      do {
        event = stream.receiveMessage(Duration.ofSeconds(10));
      } while (event instanceof LinkEvent.NotUp);
      assertThat(((LinkEvent.Up) event).producerName()).isEqualTo(node.nextDcp().open().name());
    }
  }

  /** The first DCP_OPENs that come to it are answered so. */
  private static ScriptedNode refusingFirst(int times, int status) {
    AtomicInteger left = new AtomicInteger(times);
    return new ScriptedNode("dst", frame -> frame.opcode() == Opcode.DCP_OPEN && left.getAndDecrement() > 0
        ? FrameCodec.encode(Frame.response(frame, status)).array()
        : null);
  }

  @Test
  void streams_hear_at_once_that_a_node_refuses_the_link_for_good_also_those_that_come_later() {
    try (ScriptedNode refusing = refusingFirst(Integer.MAX_VALUE, Status.EACCESS)) {
      ActorRef<LinkCommand> link = link(source.address(), refusing.address());
      link.tell(new LinkCommand.Attach(VB, stream.getRef()));
      LinkEvent.NotUp told = stream.expectMessageClass(LinkEvent.NotUp.class);
      TestProbe<LinkEvent> later = kit.createTestProbe();
      link.tell(new LinkCommand.Attach(VB + 1, later.getRef()));

      assertThat(told.mayPass()).isFalse();
      assertThat(told.detail()).contains("node dst (127.0.0.1:", "refused DCP_OPEN with EACCESS", "DcpConsumer");
      assertThat(later.expectMessageClass(LinkEvent.NotUp.class)).isEqualTo(told);
    }
  }

  @Test
  void a_refusal_that_may_pass_is_told_and_the_link_comes_up_when_it_has_passed() {
    try (ScriptedNode busy = refusingFirst(2, Status.ETMPFAIL)) {
      ActorRef<LinkCommand> link = link(source.address(), busy.address());
      link.tell(new LinkCommand.Attach(VB, stream.getRef()));
      List<LinkEvent.NotUp> told = new ArrayList<>();
      LinkEvent event = stream.receiveMessage();
      while (event instanceof LinkEvent.NotUp not) {
        told.add(not);
        event = stream.receiveMessage();
      }

      assertThat(event).isInstanceOf(LinkEvent.Up.class);
      assertThat(told).isNotEmpty().allSatisfy(not -> {
        assertThat(not.mayPass()).isTrue();
        assertThat(not.detail()).contains("refused DCP_OPEN with ETMPFAIL");
      });
      TestProbe<LinkEvent> later = kit.createTestProbe();
      link.tell(new LinkCommand.Attach(VB + 1, later.getRef()));
      later.expectMessageClass(LinkEvent.Up.class);
    }
  }

  @Test
  void a_link_that_comes_up_while_the_program_closes_its_sockets_makes_no_noise() throws InterruptedException {
    Logger logger = (Logger) LoggerFactory.getLogger(DcpLink.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    EventLoops closing = new EventLoops(1);
    try (OneThread oneThread = new OneThread()) {
      ActorRef<LinkCommand> link = linkOn(oneThread, closing);
      // The only thread is in here while both connections are made and the sockets' threads end.
      oneThread.occupy();
      source.nextDcp();
      destination.nextDcp();
      EventLoop loop = closing.next();
      for (int turn = 0; turn < 3; turn++) {
        // By then the nodes' answers, which are here, were read.
        loop.submit(() -> {
        }).sync();
      }
      closing.close();
      loop.terminationFuture().sync();
      oneThread.free();
      TestProbe<LinkEvent> end = oneThread.kit().createTestProbe();
      link.tell(new LinkCommand.Stop());
      end.expectTerminated(link);
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list).filteredOn(event -> event.getLevel() == Level.ERROR).isEmpty();
  }

  @Test
  void a_stopped_link_closes_both_connections() {
    ActorRef<LinkCommand> link = link();
    attachedUp(link);
    ScriptedNode.Peer consumer = destination.nextDcp();
    ScriptedNode.Peer producer = source.nextDcp();
    link.tell(new LinkCommand.Stop());
    consumer.awaitClosed();
    producer.awaitClosed();
    stream.expectMessageClass(LinkEvent.Lost.class);
    stream.expectTerminated(link);
  }
}

package io.vbucket.rebalance.orchestrator.link;

import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.OTHER_VB;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.VB;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.mutation;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.Opcode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A limit on bytes, as a producer with a flow-control window feels it. Time is virtual. */
class LinkPaceTest {
  private static final long SECOND = 1_000_000_000;
  private static final long RATE = 64 * 1024;
  private static final int WINDOW = 256 * 1024;
  private static final Frame MUTATION = mutation(VB, STREAM, 16 * 1024);

  private long now;
  private final FlowBudget budget = new FlowBudget(limit(RATE), () -> now);
  private final List<Due> timers = new ArrayList<>();
  private final RelayRig rig = new RelayRig(new LinkRelay.Pace(budget, (nanos, task) -> timers.add(new Due(
      now + nanos, task))));

  /** What the producer may still send before it must wait. */
  private long window = WINDOW;
  private long passed;

  private record Due(long at, Runnable task) {}

  private static FlowBudget.Rates limit(long rate) {
    return FlowBudgetTest.rates(Map.of("src", rate));
  }

  private static Frame ack(int bytes) {
    return new Dcp.BufferAck(9, bytes).toFrame();
  }

  private long acknowledged() {
    return rig.producer.take().stream().filter(frame -> frame.opcode() == Opcode.DCP_BUFFER_ACK)
        .mapToLong(frame -> Dcp.BufferAck.of(frame).bytes()).sum();
  }

  /** The producer sends what its window allows, the consumer takes it at once and says so. */
  private void flow() {
    window += acknowledged();
    int sent = 0;
    while (window > 0) {
      rig.fromProducer(MUTATION);
      sent += MUTATION.length();
      window -= MUTATION.length();
    }
    passed += rig.consumer.take().stream().mapToLong(Frame::length).sum();
    if (sent > 0) {
      rig.fromConsumer(ack(sent));
    }
  }

  private void runUntil(long end) {
    while (now < end) {
      now += SECOND / 100;
      List<Due> due = timers.stream().filter(timer -> timer.at() <= now).toList();
      timers.removeAll(due);
      due.forEach(timer -> timer.task().run());
      flow();
    }
  }

  private void stream() {
    rig.open(VB, 1, STREAM, false, Progress.STREAMING);
  }

  @Test
  void atNoTimeHaveMoreBytesPassedThanTheLimitAllowsAndOneWindow() {
    stream();
    for (int tenths = 1; tenths <= 600; tenths++) {
      runUntil(tenths * SECOND / 10);
      long allowed = RATE * tenths / 10 + RATE + WINDOW + MUTATION.length();
      assertThat(passed).as("after %d tenths of a second", tenths).isLessThanOrEqualTo(allowed);
    }
    assertThat(passed).as("the limit is used").isGreaterThan(RATE * 59);
    assertThat(rig.broken).isNull();
  }

  @Test
  void aLimitThatIsRaisedWhileItHoldsIsFeltAtTheNextLook() {
    stream();
    runUntil(10 * SECOND);
    long before = passed;
    budget.change(limit(10 * RATE));
    runUntil(20 * SECOND);
    assertThat(passed - before).isBetween(95 * RATE, 110 * RATE + WINDOW);
  }

  @Test
  void aLimitThatIsTakenAwayFreesWhatIsHeldAndEverythingPassesAsItComes() {
    stream();
    runUntil(10 * SECOND);
    budget.change(FlowBudgetTest.rates(Map.of()));
    runUntil(10 * SECOND + 2 * AckPacing.LOOK_NANOS);
    acknowledged();
    rig.fromConsumer(ack(777));
    assertThat(rig.producer.takeOne()).isEqualTo(ack(777));
    assertThat(timers).isEmpty();
  }

  @Test
  void noopsPassWhileBytesAreHeld() {
    stream();
    runUntil(5 * SECOND);
    assertThat(rig.counters.dropped(LinkCounters.Drop.HELD_ACK).frames()).isPositive();
    Frame noop = new Dcp.Noop(4711).toFrame();
    rig.fromProducer(noop);
    assertThat(rig.consumer.takeOne()).isEqualTo(noop);
    rig.fromConsumer(Frame.response(noop, 0));
    assertThat(rig.producer.take()).contains(Frame.response(noop, 0));
    assertThat(rig.producer.reading).isTrue();
  }

  @Test
  void aTakeoverDoesNotWaitForTheLimit() {
    stream();
    runUntil(5 * SECOND);
    acknowledged();
    rig.fromConsumer(ack(1_000_000));
    assertThat(acknowledged()).isLessThanOrEqualTo(RATE);

    rig.relay.openStream(OTHER_VB, 1, 1, true);
    assertThat(acknowledged()).as("what was held is let go with the ADD_STREAM").isGreaterThan(900_000);
    rig.fromConsumer(ack(50_000));
    assertThat(acknowledged()).as("as long as the takeover is open").isEqualTo(50_000);

    rig.relay.fence(OTHER_VB, 1);
    rig.fromConsumer(ack(50_000));
    assertThat(acknowledged()).as("what it took is made up for").isZero();
  }

  @Test
  void bytesThatWereSentInVainCountToo() {
    Frame control = new Dcp.Control(2, Dcp.Control.CONNECTION_BUFFER_SIZE, "1000000").toFrame();
    rig.fromConsumer(control);
    rig.fromProducer(Frame.response(control, 0));
    rig.producer.take();
    rig.fromProducer(mutation(OTHER_VB, OTHER_STREAM, (int) (2 * RATE)));
    assertThat(acknowledged()).isGreaterThan(2 * RATE);
    rig.fromConsumer(ack(1000));
    assertThat(acknowledged()).isZero();
  }

  @Test
  void anAcknowledgementThatComesInTwoReadsIsHeldAsOne() {
    stream();
    rig.fromConsumer(ack((int) RATE));
    assertThat(acknowledged()).isEqualTo(RATE);
    byte[] bytes = FrameCodec.encode(ack(5000)).array();
    rig.bytesFrom(Side.CONSUMER, Arrays.copyOf(bytes, FrameHeader.LENGTH));
    rig.bytesFrom(Side.CONSUMER, Arrays.copyOfRange(bytes, FrameHeader.LENGTH, bytes.length));
    assertThat(acknowledged()).isZero();
    now += SECOND;
    timers.remove(0).task().run();
    assertThat(acknowledged()).isEqualTo(5000);
  }

  @Test
  void aBrokenLinkLooksNoMore() {
    stream();
    rig.fromConsumer(ack(1_000_000));
    rig.producer.take();
    rig.relay.lost(Side.CONSUMER, "was closed");
    now += SECOND;
    timers.remove(0).task().run();
    assertThat(rig.producer.take()).isEmpty();
    assertThat(timers).isEmpty();
  }
}

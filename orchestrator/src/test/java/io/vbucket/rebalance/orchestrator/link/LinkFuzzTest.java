package io.vbucket.rebalance.orchestrator.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.protocol.golden.HostileBytes;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Nodes may send whatever they like: the relay goes on, or gives its link up with a reason; it never fails itself, and holds little. */
@Tag("fuzz")
class LinkFuzzTest {
  private static final int TRIES = 100;
  private static final int MOST_BYTES_WRITTEN = 256 * 1024;
  private static final Progress[] STAGES = Progress.values();

  @Property(tries = TRIES, seed = "2002")
  void hostile_nodes_cost_their_link_at_most(@ForAll long seed) {
    Random random = HostileBytes.random(seed);
    for (int input = 0; input < HostileBytes.INPUTS / TRIES;) {
      RelayRig rig = new RelayRig();
      rig.open(1, RelayRig.STREAM, STAGES[random.nextInt(Progress.ACTIVE_CONFIRMED.ordinal() + 1)]);
      int generation = 1;
      for (int i = random.nextInt(20); i >= 0 && rig.broken == null; i--, input++) {
        generation = doSomething(rig, random, generation);
        int written = rig.consumer.takeBytes().length + rig.producer.takeBytes().length;
        if (written > MOST_BYTES_WRITTEN) {
          fail("%d bytes were written for one input", written);
        }
      }
      checkEnd(rig);
    }
  }

  private static int doSomething(RelayRig rig, Random random, int generation) {
    Side side = random.nextBoolean() ? Side.CONSUMER : Side.PRODUCER;
    switch (random.nextInt(10)) {
      case 0 -> rig.relay.fence(RelayRig.VB, generation);
      case 1 -> rig.relay.closeStream(RelayRig.VB, generation, side);
      case 2 -> rig.relay.probe(RelayRig.VB, generation);
      case 3 -> {
        rig.relay.fence(RelayRig.VB, generation);
        rig.relay.openStream(RelayRig.VB, generation + 1, generation + 1, true);
        return generation + 1;
      }
      case 4 -> rig.from(side, plausible(random));
      default -> rig.bytesFrom(side, HostileBytes.next(random));
    }
    return generation;
  }

  /** Frames of the stream itself, at the wrong time. */
  private static Frame plausible(Random random) {
    int opaque = random.nextInt(4) == 0 ? random.nextInt() : RelayRig.STREAM;
    return switch (random.nextInt(5)) {
      case 0 -> RelayRig.streamReq(RelayRig.VB, opaque);
      case 1 -> Frame.response(RelayRig.streamReq(RelayRig.VB, opaque), random.nextInt(256));
      case 2 -> RelayRig.state(RelayRig.VB, opaque, VBucketState.values()[random.nextInt(4)]);
      case 3 -> RelayRig.stateAnswer(opaque, random.nextBoolean() ? Status.SUCCESS : random.nextInt(256));
      default -> RelayRig.mutation(RelayRig.VB, opaque, random.nextInt(3000));
    };
  }

  private static void checkEnd(RelayRig rig) {
    if (rig.broken == null) {
      rig.relay.drop("end of the test");
    }
    assertThat(rig.broken).as("why the link ended").doesNotContain("its relay broke");
    assertThat(rig.consumer.closed && rig.producer.closed).as("both connections are closed").isTrue();
    assertThat(rig.lastGates.values()).allSatisfy(gate -> assertThat(gate.shut()).isTrue());
    assertThat(rig.events).last().isInstanceOf(LinkEvent.Lost.class);
    assertThat(rig.otherEvents).last().isInstanceOf(LinkEvent.Lost.class);
  }

  @Property(tries = 100, seed = "2003")
  void a_frame_that_promises_much_and_brings_nothing_holds_no_memory(@ForAll long seed) {
    Random random = HostileBytes.random(seed);
    RelayRig rig = new RelayRig();
    rig.open(1, RelayRig.STREAM, Progress.STREAMING);
    byte[] header = new byte[24];
    header[0] = (byte) 0x80;
    header[1] = (byte) Opcode.DCP_MUTATION;
    java.nio.ByteBuffer.wrap(header).putInt(8, 20 * 1024 * 1024).putInt(12, RelayRig.STREAM).putShort(6,
        (short) RelayRig.VB);
    rig.bytesFrom(Side.PRODUCER, header);
    for (int i = 0; i < 50; i++) {
      byte[] piece = new byte[1 + random.nextInt(100)];
      rig.bytesFrom(Side.PRODUCER, piece);
      assertThat(rig.consumer.takeBytes()).hasSizeGreaterThanOrEqualTo(piece.length);
    }
    assertThat(rig.broken).isNull();
  }
}

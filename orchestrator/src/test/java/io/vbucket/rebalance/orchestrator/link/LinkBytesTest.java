package io.vbucket.rebalance.orchestrator.link;

import static io.vbucket.rebalance.orchestrator.link.RelayRig.STREAM;
import static io.vbucket.rebalance.orchestrator.link.RelayRig.VB;
import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.takeover.Progress;
import io.vbucket.rebalance.protocol.FrameCodec;
import org.junit.jupiter.api.Test;

/** How much was sent for a vBucket, as reports and forecasts want to know it. */
class LinkBytesTest {
  private final RelayRig rig = new RelayRig();

  @Test
  void bytes_of_all_streams_of_a_vbucket_are_counted_and_those_of_others_are_not() {
    rig.open(1, STREAM, Progress.STREAMING);
    long afterFirst = rig.relay.bytesOf(VB);
    rig.fromProducer(RelayRig.mutation(VB, STREAM, 10));
    long withMutation = rig.relay.bytesOf(VB);
    rig.relay.fence(VB, 1);
    rig.fromProducer(RelayRig.mutation(VB, STREAM, 11));
    long afterFence = rig.relay.bytesOf(VB);
    rig.consumer.take();
    rig.producer.take();
    rig.open(2, RelayRig.OTHER_STREAM, Progress.STREAMING);

    assertThat(afterFirst).as("STREAM_REQ and its answer").isPositive();
    assertThat(withMutation - afterFirst)
        .isEqualTo(FrameCodec.encode(RelayRig.mutation(VB, STREAM, 10)).remaining());
    assertThat(afterFence).as("what the gate drops was not sent").isEqualTo(withMutation);
    assertThat(rig.relay.bytesOf(VB)).isEqualTo(withMutation + afterFirst);
    assertThat(rig.relay.bytesOf(RelayRig.OTHER_VB)).isZero();
    assertThat(rig.relay.bytesOf(500)).as("never attached").isZero();
  }

  @Test
  void whoever_attaches_counts_from_zero() {
    rig.open(1, STREAM, Progress.STREAMING);
    rig.relay.detach(VB);
    rig.relay.attach(VB, event -> {}, "again");

    assertThat(rig.relay.bytesOf(VB)).isZero();
  }
}

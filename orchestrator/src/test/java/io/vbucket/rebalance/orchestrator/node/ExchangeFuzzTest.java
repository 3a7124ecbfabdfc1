package io.vbucket.rebalance.orchestrator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.FrameHeader;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.protocol.golden.HostileBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** A node may answer whatever it likes to a question: it is answered, refused or found to be no answer; nothing else is thrown. */
@Tag("fuzz")
class ExchangeFuzzTest {
  private static final int TRIES = 100;
  private static final List<NodeQuestion> QUESTIONS = List.of(
      new NodeQuestion.ReadState(3),
      new NodeQuestion.SetState(3, VBucketState.ACTIVE),
      new NodeQuestion.Remove(3),
      new NodeQuestion.ReadBackfill(3, "link"),
      new NodeQuestion.ReadHighSeqno(3),
      new NodeQuestion.ReadStats("vbucket"),
      new NodeQuestion.AwaitPersistence(3, 9),
      new NodeQuestion.ReadConfig(),
      new NodeQuestion.WriteConfig(1, 9, "{}"));
  private static final byte[] CONFIG =
      BucketConfig.initial("b", List.of("a:1", "b:2"), new int[] {0, 1}).toJson().getBytes(StandardCharsets.UTF_8);

  @Property(tries = TRIES, seed = "2004")
  void hostile_answers_are_answers_refusals_or_no_frames(@ForAll long seed) {
    Random random = HostileBytes.random(seed);
    for (int input = 0; input < HostileBytes.INPUTS / TRIES; input++) {
      Exchange exchange = Exchange.of(QUESTIONS.get(random.nextInt(QUESTIONS.size())), "b");
      for (int step = 0; step < 5 && exchange != null; step++) {
        exchange = next(exchange, answer(exchange.request(), random));
      }
    }
  }

  private static Exchange next(Exchange exchange, Frame answer) {
    try {
      Exchange.Outcome outcome = exchange.on(answer);
      if (outcome instanceof Exchange.Outcome.Continue more) {
        return more.next();
      }
      return outcome instanceof Exchange.Outcome.More more ? more.next() : null;
    } catch (FrameFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      return null;
    }
  }

  private static Frame answer(Frame request, Random random) {
    try {
      Frame noise = FrameCodec.decode(ByteBuffer.wrap(HostileBytes.next(random)), FrameHeader.DEFAULT_MAX_BODY_LENGTH);
      byte[] value = random.nextInt(3) == 0 ? HostileBytes.mutated(CONFIG, random) : noise.value();
      int status = random.nextInt(3) > 0 ? 0 : random.nextInt(300);
      return Frame.response(request, status, noise.extras(), noise.key(), value);
    } catch (FrameFormatException | java.nio.BufferUnderflowException | IndexOutOfBoundsException noFrame) {
      return Frame.response(request, random.nextInt(0x90));
    }
  }
}

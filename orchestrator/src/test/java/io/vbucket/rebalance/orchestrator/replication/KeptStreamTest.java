package io.vbucket.rebalance.orchestrator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.replication.KeptStream.Stage;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeptStreamTest {
  private static final KeptEvent BEGIN = new KeptEvent.Begin();
  private static final KeptEvent READY = new KeptEvent.StatesRead(CopyState.ACTIVE, CopyState.REPLICA);
  private static final KeptEvent RUNNING = new KeptEvent.Running();
  private static final KeptEvent LOST = new KeptEvent.Ended("LINK_LOST");
  private static final KeptEvent TIME = new KeptEvent.TimedOut();
  private static final KeptEvent END = new KeptEvent.End();

  private final List<KeptEffect> effects = new ArrayList<>();
  private KeptStream stream = KeptStream.INITIAL;

  private KeptStreamTest happens(KeptEvent... events) {
    for (KeptEvent event : events) {
      effects.clear();
      KeptStream.Step step = stream.on(event);
      stream = step.next();
      effects.addAll(step.effects());
    }
    return this;
  }

  @Test
  void a_stream_is_added_once_both_copies_are_as_they_shall_be() {
    happens(BEGIN);
    assertThat(effects).containsExactly(new KeptEffect.ReadStates());
    happens(READY);
    assertThat(effects).containsExactly(new KeptEffect.Replicate());
    happens(RUNNING);
    assertThat(stream.runs()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(value = CopyState.class, names = {"ABSENT", "DEAD", "PENDING"})
  void a_replica_that_is_none_is_made_one_first(CopyState state) {
    happens(BEGIN, new KeptEvent.StatesRead(CopyState.ACTIVE, state));
    assertThat(effects).containsExactly(new KeptEffect.Prepare());
    happens(new KeptEvent.Prepared(true, true, ""));
    assertThat(effects).containsExactly(new KeptEffect.Replicate());
  }

  @ParameterizedTest
  @CsvSource({"REPLICA, REPLICA", "DEAD, REPLICA", "UNREACHABLE, REPLICA", "ACTIVE, ACTIVE", "ACTIVE, UNREACHABLE"})
  void nothing_is_touched_while_the_active_is_none_or_the_replica_is_active(CopyState active, CopyState replica) {
    happens(BEGIN, new KeptEvent.StatesRead(active, replica));

    assertThat(effects).containsExactly(new KeptEffect.StartTimer(1));
    assertThat(stream.trouble()).isNotEmpty();
  }

  @Test
  void whatever_ends_a_stream_it_is_added_again_after_a_pause_that_grows() {
    happens(BEGIN, READY, RUNNING, LOST);
    assertThat(effects).containsExactly(new KeptEffect.StartTimer(1));
    happens(TIME, READY, LOST);
    assertThat(effects).containsExactly(new KeptEffect.StartTimer(2));
    happens(TIME, READY, RUNNING, LOST);
    assertThat(effects).as("it has not lasted").containsExactly(new KeptEffect.StartTimer(3));
    happens(TIME, READY, RUNNING, TIME, LOST);
    assertThat(effects).as("it has lasted").containsExactly(new KeptEffect.StartTimer(1));
  }

  @Test
  void a_stream_that_shall_end_is_gone_only_when_it_is_settled() {
    happens(BEGIN, READY, RUNNING, END);
    assertThat(effects).contains(new KeptEffect.EndStream()).doesNotContain(new KeptEffect.Gone());
    happens(TIME, READY, RUNNING);
    assertThat(effects).isEmpty();
    happens(LOST);
    assertThat(effects).contains(new KeptEffect.Gone());
  }

  @Test
  void a_stream_that_was_asked_for_and_not_answered_is_settled_like_one_that_runs() {
    happens(BEGIN, READY, END);

    assertThat(effects).contains(new KeptEffect.EndStream()).doesNotContain(new KeptEffect.Gone());
  }

  @Test
  void a_stream_that_pauses_is_gone_at_once() {
    happens(BEGIN, READY, LOST, END);

    assertThat(effects).contains(new KeptEffect.Gone());
  }

  @Test
  void a_command_to_the_replica_that_got_no_answer_is_not_left_behind_a_mover() {
    happens(BEGIN, new KeptEvent.StatesRead(CopyState.ACTIVE, CopyState.ABSENT), END);
    assertThat(effects).isEmpty();
    happens(new KeptEvent.Prepared(false, false, "no answer in time"));
    assertThat(effects).as("what is asked later is answered later").containsExactly(new KeptEffect.ReadStates());
    happens(READY);
    assertThat(effects).contains(new KeptEffect.Gone());
  }

  @Test
  void a_node_that_never_answers_does_not_hold_a_mover_up_for_ever() {
    happens(BEGIN, new KeptEvent.StatesRead(CopyState.ACTIVE, CopyState.ABSENT), END,
        new KeptEvent.Prepared(false, false, "no answer in time"));
    int rounds = 0;
    while (stream.stage() != Stage.GONE) {
      assertThat(rounds++).isLessThan(10);
      happens(new KeptEvent.StatesRead(CopyState.ACTIVE, CopyState.UNREACHABLE));
      if (stream.stage() != Stage.GONE) {
        happens(TIME);
      }
    }
  }

  /** Whatever comes in whatever order: a stream is never added over another, and one that is open is ended before it is gone. */
  @Test
  void in_any_order_of_events_no_stream_is_added_twice_or_forgotten() {
    List<KeptEvent> all = List.of(
        BEGIN, READY, RUNNING, LOST, TIME, END, new KeptEvent.StatesRead(CopyState.ACTIVE, CopyState.ABSENT),
        new KeptEvent.Prepared(true, true, ""), new KeptEvent.Prepared(false, false, "no answer"));
    for (int seed = 0; seed < 2_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      stream = KeptStream.INITIAL;
      boolean open = false;
      boolean toldToEnd = false;
      for (int i = 0; i < 60 && stream.stage() != Stage.GONE; i++) {
        KeptEvent event = all.get(random.nextInt(all.size()));
        // The stream's actor reports only about a stream that it was told to run.
        if ((event.equals(LOST) || event.equals(RUNNING)) && !open) {
          continue;
        }
        happens(event);
        open &= !event.equals(LOST);
        for (KeptEffect effect : effects) {
          if (effect instanceof KeptEffect.Replicate) {
            assertThat(open).as("seed %d: a stream over another", seed).isFalse();
            open = true;
            toldToEnd = false;
          }
          toldToEnd |= effect instanceof KeptEffect.EndStream;
          if (effect instanceof KeptEffect.Gone) {
            assertThat(open).as("seed %d: an open stream is forgotten, told to end: %s", seed, toldToEnd).isFalse();
          }
        }
      }
    }
  }
}

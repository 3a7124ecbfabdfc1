package io.vbucket.rebalance.orchestrator.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The session actor over connections that the test holds in its hands. */
class NodeSessionTest {
  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final BlockingQueue<Opening> openings = new LinkedBlockingQueue<>();
  private final TestProbe<NodeCommand.Answered> answers = kit.createTestProbe();
  private final RebalanceSettings settings = RebalanceSettings.defaults();

  private record Opening(
      String presence, NodeChannel.Listener listener, BlockingQueue<Frame> sent, AtomicBoolean closed) {
    Opening succeeds() {
      BlockingQueue<Frame> frames = sent;
      AtomicBoolean over = closed;
      listener.opened().accept(new NodeChannel() {
        @Override
        public void send(Frame frame) {
          frames.add(frame);
        }

        @Override
        public void close() {
          over.set(true);
        }
      });
      return this;
    }

    void answers(Frame request) {
      listener.received().accept(Frame.response(request, Status.SUCCESS));
    }

    void answers(Frame request, VBucketState state) {
      listener.received().accept(state(request, state));
    }

    Frame next(int opcode) throws InterruptedException {
      Frame frame = next();
      assertThat(Opcode.nameOf(frame.opcode())).isEqualTo(Opcode.nameOf(opcode));
      return frame;
    }

    Frame next() throws InterruptedException {
      Frame frame = sent.poll(10, TimeUnit.SECONDS);
      assertThat(frame).as("a frame is sent").isNotNull();
      return frame;
    }
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private ActorRef<NodeCommand> session(String presence) {
    return kit.spawn(NodeSession.create(
        new NodeSession.Identity("a", "a:1", "b", presence),
        settings.node(),
        new NodeSession.Limits(settings.map().pushTimeout(), settings.move().persistenceTimeout()),
        (name, listener) -> openings
            .add(new Opening(name, listener, new LinkedBlockingQueue<>(), new AtomicBoolean()))));
  }

  private Opening opening() throws InterruptedException {
    Opening opening = openings.poll(10, TimeUnit.SECONDS);
    assertThat(opening).as("a connection is opened").isNotNull();
    return opening;
  }

  private void ask(ActorRef<NodeCommand> session, int number, NodeQuestion question) {
    session.tell(new NodeCommand.Ask(number, question, answers.getRef()));
  }

  private static Frame state(Frame request, VBucketState state) {
    return Frame.response(request, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, Admin.encodeState(state));
  }

  /** It takes as long to give a connection up as a question may take, so the question's time must not end the story first. */
  @Test
  void a_question_whose_time_is_up_before_the_first_connection_failed_is_answered_with_the_reason_of_that()
      throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    Opening connection = opening();
    time.timePasses(settings.node().requestTimeout());
    answers.expectNoMessage(Duration.ZERO);

    connection.listener().failed().accept(new NodeChannel.Trouble("node a: did not answer HELLO within 10 s", true));

    assertThat(answers.receiveMessage().answer())
        .isEqualTo(new NodeQuestion.Answer.Failed(false, "node a: did not answer HELLO within 10 s"));
  }

  @Test
  void questions_wait_for_the_connection_and_go_out_in_their_order() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    ask(session, 2, new NodeQuestion.SetState(7, VBucketState.ACTIVE));

    Opening connection = opening().succeeds();

    Frame first = connection.next();
    Frame second = connection.next();
    assertThat(first.opcode()).isEqualTo(Opcode.GET_VBUCKET);
    assertThat(second.opcode()).isEqualTo(Opcode.SET_VBUCKET);
    connection.listener().received().accept(state(first, VBucketState.DEAD));
    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.DEAD);
    connection.listener().received().accept(Frame.response(second, Status.SUCCESS));
    assertThat(answers.receiveMessage().isDone()).isTrue();
  }

  @Test
  void a_run_is_seen_on_the_node_before_it_asks_anything() throws InterruptedException {
    ActorRef<NodeCommand> session = session("rebalance-run:b:1");
    ask(session, 1, new NodeQuestion.ReadStats("dcp"));

    Opening presence = opening();
    assertThat(presence.presence()).isEqualTo("rebalance-run:b:1");
    assertThat(openings).isEmpty();
    presence.succeeds();

    assertThat(opening().succeeds().next().opcode()).isEqualTo(Opcode.STAT);
  }

  @Test
  void what_waiting_cannot_mend_is_answered_at_once() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));

    opening().listener().failed().accept(new NodeChannel.Trouble("node a (a:1): wrong password", false));

    assertThat(answers.receiveMessage().detail()).isEqualTo("node a (a:1): wrong password");
  }

  @Test
  void a_question_is_answered_in_time_even_when_the_node_is_not_there() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    opening();
    answers.expectNoMessage(Duration.ZERO);

    time.timePasses(settings.node().requestTimeout());
    time.timePasses(settings.node().connectTimeout().plus(settings.node().handshakeTimeout()));

    NodeCommand.Answered answered = answers.receiveMessage();
    assertThat(answered.state()).isEqualTo(CopyState.UNREACHABLE);
    assertThat(answered.detail()).contains("no connection in time", "look whether");
  }

  @Test
  void a_lost_connection_fails_what_was_sent_and_is_opened_again() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    Opening connection = opening().succeeds();
    connection.next();

    connection.listener().lost().accept(new NodeChannel.Trouble("node a (a:1): closed", true));
    assertThat(answers.receiveMessage().detail()).contains("closed");
    ask(session, 2, new NodeQuestion.ReadState(7));
    time.timePasses(settings.node().reconnectBackoff().max());

    Opening again = opening().succeeds();
    again.listener().received().accept(state(again.next(), VBucketState.ACTIVE));
    NodeCommand.Answered answered = answers.receiveMessage();
    assertThat(answered.number()).isEqualTo(2);
    assertThat(answered.state()).isEqualTo(CopyState.ACTIVE);
  }

  @Test
  void a_connection_that_came_back_early_is_not_opened_again_when_its_pause_is_over() throws InterruptedException {
    Duration pause = settings.node().reconnectBackoff().delay(1);
    ActorRef<NodeCommand> session = session("rebalance-run:b:1");
    Opening presence = opening().succeeds();
    Opening lost = opening().succeeds();
    presence.listener().lost().accept(new NodeChannel.Trouble("node a (a:1): restarts", true));
    // Tells that the loss was heard, so that the pause has begun.
    ask(session, 1, new NodeQuestion.ReadState(7));
    lost.next();
    time.timePasses(pause);
    Opening presenceAgain = opening();
    lost.listener().lost().accept(new NodeChannel.Trouble("node a (a:1): restarts", true));
    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.UNREACHABLE);
    presenceAgain.succeeds();
    Opening again = opening().succeeds();
    ask(session, 2, new NodeQuestion.ReadState(7));
    Frame asked = again.next();

    time.timePasses(pause);
    again.listener().received().accept(state(asked, VBucketState.ACTIVE));

    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.ACTIVE);
    assertThat(openings).isEmpty();
  }

  @Test
  void a_late_answer_is_not_taken_for_the_next_questions() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    Opening connection = opening().succeeds();
    Frame first = connection.next();
    ask(session, 2, new NodeQuestion.ReadState(8));
    connection.answers(connection.next(), VBucketState.REPLICA);
    assertThat(answers.receiveMessage().number()).isEqualTo(2);
    time.timePasses(settings.node().requestTimeout());
    assertThat(answers.receiveMessage().number()).isEqualTo(1);

    ask(session, 3, new NodeQuestion.ReadState(7));
    Frame second = connection.next();
    connection.answers(first, VBucketState.DEAD);
    connection.answers(second, VBucketState.ACTIVE);

    NodeCommand.Answered answered = answers.receiveMessage();
    assertThat(answered.number()).isEqualTo(3);
    assertThat(answered.state()).isEqualTo(CopyState.ACTIVE);
  }

  @Test
  void waiting_for_persistence_does_not_hold_up_questions_about_states() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    Opening commands = opening().succeeds();

    ask(session, 1, new NodeQuestion.AwaitPersistence(7, 5));
    ask(session, 2, new NodeQuestion.ReadState(7));

    Frame read = commands.next();
    assertThat(read.opcode()).isEqualTo(Opcode.GET_VBUCKET);
    commands.listener().received().accept(state(read, VBucketState.ACTIVE));
    assertThat(answers.receiveMessage().number()).isEqualTo(2);
  }

  @Test
  void nonsense_costs_the_connection_and_nothing_else() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    Opening connection = opening().succeeds();
    Frame read = connection.next();

    connection.listener().received().accept(
        Frame.response(read, Status.SUCCESS, Frame.NOTHING, Frame.NOTHING, new byte[] {1, 2, 3}));

    time.timePasses(settings.node().requestTimeout());
    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.UNREACHABLE);
  }

  @Test
  void a_connection_on_which_nothing_comes_any_more_is_replaced() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.ReadState(7));
    Opening dead = opening().succeeds();
    dead.next(Opcode.GET_VBUCKET);

    time.timePasses(settings.node().requestTimeout());
    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.UNREACHABLE);
    ask(session, 2, new NodeQuestion.ReadState(7));

    Opening alive = opening().succeeds();
    alive.answers(alive.next(Opcode.GET_VBUCKET), VBucketState.ACTIVE);
    NodeCommand.Answered answered = answers.receiveMessage();
    assertThat(answered.number()).isEqualTo(2);
    assertThat(answered.state()).isEqualTo(CopyState.ACTIVE);
    assertThat(dead.closed()).isTrue();
  }

  /** Else a request that comes through late could undo what was decided since (T19, T27). */
  @Test
  void nothing_is_asked_about_a_copy_that_a_replaced_connection_may_yet_change() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.SetState(7, VBucketState.ACTIVE));
    Opening slow = opening().succeeds();
    Frame late = slow.next(Opcode.SET_VBUCKET);
    time.timePasses(settings.node().requestTimeout());
    assertThat(answers.receiveMessage().isDone()).isFalse();
    Opening next = opening().succeeds();
    Frame noop = slow.next(Opcode.NOOP);
    assertThat(slow.closed()).isFalse();

    ask(session, 2, new NodeQuestion.ReadState(7));
    NodeCommand.Answered unsettled = answers.receiveMessage();
    assertThat(unsettled.state()).isEqualTo(CopyState.UNREACHABLE);
    assertThat(unsettled.detail()).contains("vb:7").contains("has not answered");
    ask(session, 3, new NodeQuestion.ReadState(8));
    next.answers(next.next(Opcode.GET_VBUCKET), VBucketState.REPLICA);
    assertThat(answers.receiveMessage().state()).as("others are not held up").isEqualTo(CopyState.REPLICA);

    slow.answers(late);
    slow.answers(noop);
    ask(session, 4, new NodeQuestion.ReadState(7));
    next.answers(next.next(Opcode.GET_VBUCKET), VBucketState.ACTIVE);
    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.ACTIVE);
    assertThat(slow.closed()).isTrue();
  }

  @Test
  void a_copy_is_asked_about_again_once_the_replaced_connection_is_lost() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.SetState(7, VBucketState.ACTIVE));
    Opening dead = opening().succeeds();
    dead.next(Opcode.SET_VBUCKET);
    time.timePasses(settings.node().requestTimeout());
    assertThat(answers.receiveMessage().isDone()).isFalse();
    Opening next = opening().succeeds();

    dead.listener().lost().accept(new NodeChannel.Trouble("node a (a:1): reset", true));
    ask(session, 2, new NodeQuestion.ReadState(7));

    next.answers(next.next(Opcode.GET_VBUCKET), VBucketState.DEAD);
    assertThat(answers.receiveMessage().state()).isEqualTo(CopyState.DEAD);
  }

  @Test
  void a_question_that_nobody_waits_for_any_more_is_not_followed_by_its_next_request() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    ask(session, 1, new NodeQuestion.Remove(7));
    Opening connection = opening().succeeds();
    Frame checking = connection.next(Opcode.GET_VBUCKET);
    ask(session, 2, new NodeQuestion.ReadState(8));
    connection.answers(connection.next(Opcode.GET_VBUCKET), VBucketState.ACTIVE);
    assertThat(answers.receiveMessage().number()).isEqualTo(2);
    time.timePasses(settings.node().requestTimeout());
    assertThat(answers.receiveMessage().number()).isEqualTo(1);

    ask(session, 3, new NodeQuestion.SetState(7, VBucketState.ACTIVE));
    Frame activating = connection.next(Opcode.SET_VBUCKET);
    connection.answers(checking, VBucketState.REPLICA);
    connection.answers(activating);

    assertThat(answers.receiveMessage().isDone()).isTrue();
    assertThat(connection.sent()).isEmpty();
  }

  @Test
  void idle_connections_are_asked_whether_they_live_and_replaced_when_not() throws InterruptedException {
    session("rebalance-run:b:1");
    Opening presence = opening().succeeds();
    Opening commands = opening().succeeds();
    Duration interval = settings.node().noopInterval();

    time.timePasses(interval);
    time.timePasses(interval);
    presence.next(Opcode.NOOP);
    commands.answers(commands.next(Opcode.NOOP));
    time.timePasses(settings.node().requestTimeout());

    assertThat(opening().presence()).isEqualTo("rebalance-run:b:1");
    assertThat(presence.closed()).isTrue();
    assertThat(commands.closed()).isFalse();
  }

  @Test
  void a_long_deletion_holds_up_no_question_about_other_copies() throws InterruptedException {
    ActorRef<NodeCommand> session = session("");
    Opening commands = opening().succeeds();
    ask(session, 1, new NodeQuestion.Remove(7));
    commands.answers(commands.next(Opcode.GET_VBUCKET), VBucketState.DEAD);
    commands.answers(commands.next(Opcode.SET_VBUCKET));
    Opening deletions = opening().succeeds();
    Frame deletion = deletions.next(Opcode.DEL_VBUCKET);

    ask(session, 2, new NodeQuestion.SetState(8, VBucketState.ACTIVE));
    commands.answers(commands.next(Opcode.SET_VBUCKET));
    assertThat(answers.receiveMessage().number()).isEqualTo(2);
    ask(session, 3, new NodeQuestion.Create(7, List.of(List.of("a"))));
    assertThat(answers.receiveMessage().isDone()).as("must not overtake the deletion").isFalse();
    time.timePasses(settings.node().requestTimeout().multipliedBy(2));
    answers.expectNoMessage(Duration.ZERO);

    deletions.answers(deletion);
    NodeCommand.Answered removed = answers.receiveMessage();
    assertThat(removed.number()).isEqualTo(1);
    assertThat(removed.isDone()).isTrue();
  }

  @Test
  void a_map_has_a_time_limit_of_its_own() throws InterruptedException {
    ActorRef<NodeCommand> session = kit.spawn(NodeSession.create(
        new NodeSession.Identity("a", "a:1", "b", ""),
        settings.node(),
        new NodeSession.Limits(Duration.ofSeconds(1), Duration.ofMinutes(2)),
        (name, listener) -> openings.add(
            new Opening(name, listener, new LinkedBlockingQueue<>(), new AtomicBoolean()))));
    opening().succeeds();
    ask(session, 1, new NodeQuestion.WriteConfig(0, 2, "{}"));
    ask(session, 2, new NodeQuestion.ReadState(7));

    time.timePasses(Duration.ofSeconds(1));

    assertThat(answers.receiveMessage().detail()).contains("no answer in time");
  }
}

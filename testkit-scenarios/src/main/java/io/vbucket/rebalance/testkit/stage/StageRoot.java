package io.vbucket.rebalance.testkit.stage;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.orchestrator.RebalanceOrchestrator;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;

/** The actor above the orchestrator: in a simulation everything is started by a message, since nothing may wait. */
final class StageRoot extends AbstractBehavior<StageRoot.Command> {
  sealed interface Command {}

  /** Starts an orchestrator, in place of the one before. */
  record Begin(Behavior<RebalanceOrchestrator.Command> orchestrator, ActorRef<RebalanceEvent> listener)
      implements Command {}

  /** Hands on to the orchestrator that runs; nobody hears it when none does. */
  record Tell(RebalanceOrchestrator.Command command) implements Command {}

  /** The orchestrator ends where it is. */
  record Kill() implements Command {}

  private ActorRef<RebalanceOrchestrator.Command> orchestrator;
  private int count;

  static Behavior<Command> create() {
    return Behaviors.setup(StageRoot::new);
  }

  private StageRoot(ActorContext<Command> context) {
    super(context);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Begin.class, this::onBegin)
        .onMessage(Tell.class, tell -> {
          if (orchestrator != null) {
            orchestrator.tell(tell.command());
          }
          return this;
        })
        .onMessage(Kill.class, kill -> {
          if (orchestrator != null) {
            getContext().stop(orchestrator);
            orchestrator = null;
          }
          return this;
        })
        .build();
  }

  private Behavior<Command> onBegin(Begin begin) {
    count++;
    orchestrator = getContext().spawn(begin.orchestrator(), "rebalance-" + count);
    orchestrator.tell(new RebalanceOrchestrator.Subscribe(begin.listener()));
    return this;
  }
}

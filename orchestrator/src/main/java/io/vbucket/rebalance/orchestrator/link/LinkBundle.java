package io.vbucket.rebalance.orchestrator.link;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Several links between the same two nodes, for pairs whose data one socket cannot carry. A vBucket keeps to one of them, that of its number
 * modulo their count, so that its frames stay in order; the loss of one link leaves the vBuckets of the others alone.
 */
public final class LinkBundle {
  private LinkBundle() {}

  /**
   * @param count of links, 1 or more
   * @param links makes a link by its number, from 0
   */
  public static Behavior<LinkCommand> of(int count, IntFunction<Behavior<LinkCommand>> links) {
    if (count == 1) {
      return links.apply(0);
    }
    return Behaviors.setup(context -> {
      List<ActorRef<LinkCommand>> all = new ArrayList<>();
      for (int number = 0; number < count; number++) {
        all.add(context.spawn(links.apply(number), "connection-" + number));
      }
      return Behaviors.receive(LinkCommand.class)
          // Children stop with their parent, and close their sockets as they do.
          .onMessage(LinkCommand.Stop.class, stop -> Behaviors.stopped())
          .onMessage(LinkCommand.class, command -> {
            all.get(command.vbucket() % count).tell(command);
            return Behaviors.same();
          })
          .build();
    });
  }
}

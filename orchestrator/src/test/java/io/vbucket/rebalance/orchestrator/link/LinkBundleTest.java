package io.vbucket.rebalance.orchestrator.link;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LinkBundleTest {
  private final ActorTestKit kit = ActorTestKit.create();
  private final List<TestProbe<LinkCommand>> links = new ArrayList<>();

  @AfterEach
  void end() {
    kit.shutdownTestKit();
  }

  private ActorRef<LinkCommand> bundle(int count) {
    for (int number = 0; number < count; number++) {
      links.add(kit.createTestProbe());
    }
    return kit.spawn(LinkBundle.of(count, number -> Behaviors.monitor(
        LinkCommand.class, links.get(number).getRef(), Behaviors.receive(LinkCommand.class)
            .onMessage(LinkCommand.Stop.class, stop -> Behaviors.stopped())
            .onAnyMessage(command -> Behaviors.same())
            .build())));
  }

  @Test
  void every_command_goes_to_the_link_of_its_vBucket() {
    ActorRef<LinkCommand> bundle = bundle(3);
    ActorRef<LinkEvent> stream = kit.<LinkEvent>createTestProbe().getRef();
    for (int vbucket : new int[] {0, 7, 1024, 65_535}) {
      List<LinkCommand> commands = List.of(
          new LinkCommand.Attach(vbucket, stream), new LinkCommand.OpenStream(vbucket, 1, 1, true, "name"),
          new LinkCommand.Probe(vbucket, 1), new LinkCommand.Fence(vbucket, 1),
          new LinkCommand.CloseStream(vbucket, 1, Side.CONSUMER), new LinkCommand.Drop(vbucket, "test"),
          new LinkCommand.Detach(vbucket, stream));
      commands.forEach(bundle::tell);
      commands.forEach(links.get(vbucket % 3)::expectMessage);
    }
    for (int number = 0; number < links.size(); number++) {
      LinkCommand last = new LinkCommand.Probe(number, 99);
      bundle.tell(last);
      links.get(number).expectMessage(last);
    }
  }

  @Test
  void one_link_is_not_wrapped() {
    ActorRef<LinkCommand> bundle = bundle(1);
    bundle.tell(new LinkCommand.Stop());
    links.get(0).expectMessage(new LinkCommand.Stop());
  }

  @Test
  void all_links_end_with_it() {
    ActorRef<LinkCommand> bundle = bundle(3);
    TestProbe<Object> watcher = kit.createTestProbe();
    bundle.tell(new LinkCommand.Stop());
    watcher.expectTerminated(bundle);
  }
}

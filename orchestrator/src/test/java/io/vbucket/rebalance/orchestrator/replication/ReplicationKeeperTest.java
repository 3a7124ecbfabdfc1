package io.vbucket.rebalance.orchestrator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.Wiring;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicationKeeperTest {
  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final RebalanceSettings settings = RebalanceSettings.defaults();
  private final TestProbe<NodeCommand> a = kit.createTestProbe();
  private final TestProbe<NodeCommand> b = kit.createTestProbe();
  private final TestProbe<ReplicationStatus> statuses = kit.createTestProbe();

  /** Nodes call each other by names of their own network. */
  private static final class TwoNetworks implements Wiring {
    @Override
    public Behavior<NodeCommand> node(String name, String runId, boolean claims) {
      throw new IllegalStateException("the keeper is given its sessions");
    }

    @Override
    public Behavior<LinkCommand> link(String source, String destination, String runId) {
      return Behaviors.ignore();
    }

    @Override
    public String serverOf(String name) {
      return name + ":11210";
    }

    @Override
    public BucketConfig configOf(String node, String json) {
      return BucketConfig.parse(json.replace("inside-", ""));
    }
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void a_newer_map_in_which_nodes_go_by_other_names_ends_no_stream() {
    BucketConfig map = BucketConfig.initial("b", List.of("a:11210", "b:11210"), 1, new int[][] {{0, 1}});
    ActorRef<ReplicationKeeper.Command> keeper = kit.spawn(ReplicationKeeper.create(
        new ReplicationKeeper.Setup(
            "b", "run", settings, new TwoNetworks(), Map.of("a", a.getRef(), "b", b.getRef())),
        map));
    assertThat(streams(keeper)).isEqualTo(1);
    time.timePasses(settings.map().watchInterval());
    NodeCommand.Ask asked;
    do {
      asked = a.expectMessageClass(NodeCommand.Ask.class);
    } while (!(asked.question() instanceof NodeQuestion.ReadConfig));

    String newer = map.withChains(Map.of(0, List.of("b:11210", "a:11210"))).toJson()
        .replace("\"a:", "\"inside-a:").replace("\"b:", "\"inside-b:");
    asked.replyTo().tell(new NodeCommand.Answered(
        asked.number(), "a", asked.question(), new NodeQuestion.Answer.Config(newer)));

    assertThat(streams(keeper)).isEqualTo(1);
  }

  private int streams(ActorRef<ReplicationKeeper.Command> keeper) {
    keeper.tell(new ReplicationKeeper.GetStatus(statuses.getRef()));
    return statuses.receiveMessage().wanted();
  }
}

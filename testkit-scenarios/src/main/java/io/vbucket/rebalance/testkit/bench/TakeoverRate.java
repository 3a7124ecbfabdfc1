package io.vbucket.rebalance.testkit.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.link.LinkCommand;
import io.vbucket.rebalance.orchestrator.move.Move;
import io.vbucket.rebalance.orchestrator.move.VBucketStream;
import io.vbucket.rebalance.orchestrator.net.NettyWiring;
import io.vbucket.rebalance.orchestrator.node.NodeCommand;
import io.vbucket.rebalance.orchestrator.takeover.StreamReport;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverEvent;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * Takeovers of empty vBuckets through one link, one after the other: the states of both copies are read, the stream is added, pending and active
 * are confirmed, the stream has ended, then the next begins. What a relay and its steering cost when no data flows.
 */
public final class TakeoverRate {
  private TakeoverRate() {}

  /**
   * @param takeovers how many are made; the first quarter is for warming up and does not count
   * @return takeovers per second
   * @throws IOException when nodes cannot be started
   */
  public static double measure(int takeovers, RebalanceSettings settings) throws IOException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, takeovers));
        AdminClient destination = cluster.admin(1);
        NettyWiring wiring = new NettyWiring(cluster.describe(), settings)) {
      for (int vbucket = 0; vbucket < takeovers; vbucket++) {
        destination.setState(vbucket, VBucketState.REPLICA);
      }
      CompletableFuture<Double> rate = new CompletableFuture<>();
      ActorSystem<VBucketStream.Reported> system = ActorSystem.create(
          Behaviors.setup(context -> new OneByOne(context, takeovers, settings, wiring, rate)), "takeover-rate");
      try {
        return rate.join();
      } finally {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
      }
    }
  }

  private static final class OneByOne extends AbstractBehavior<VBucketStream.Reported> {
    private final int takeovers;
    private final RebalanceSettings settings;
    private final CompletableFuture<Double> rate;
    private final ActorRef<LinkCommand> link;
    private final ActorRef<NodeCommand> source;
    private final ActorRef<NodeCommand> destination;
    private ActorRef<VBucketStream.Command> stream;
    private int next;
    private long startedNanos;

    OneByOne(
        ActorContext<VBucketStream.Reported> context,
        int takeovers,
        RebalanceSettings settings,
        NettyWiring wiring,
        CompletableFuture<Double> rate) {
      super(context);
      this.takeovers = takeovers;
      this.settings = settings;
      this.rate = rate;
      this.source = context.spawn(wiring.node("n1", "bench", false), "source");
      this.destination = context.spawn(wiring.node("n2", "bench", false), "destination");
      this.link = context.spawn(wiring.link("n1", "n2", "bench"), "link");
      takeOverNext();
    }

    @Override
    public Receive<VBucketStream.Reported> createReceive() {
      return newReceiveBuilder().onMessage(VBucketStream.Reported.class, this::onReported).build();
    }

    private void takeOverNext() {
      Move move = new Move("default", next, "n1", "n2");
      VBucketStream.Peers peers = new VBucketStream.Peers(
          link, source, destination, getContext().getSelf(), getContext().getSystem().ignoreRef());
      Behavior<VBucketStream.Command> behavior =
          VBucketStream.create(move, settings.takeover(), peers, TakeoverProtocol.INITIAL);
      stream = getContext().spawn(behavior, "stream-" + next);
      stream.tell(new VBucketStream.Happened(new TakeoverEvent.TakeOver(1)));
      next++;
    }

    private Behavior<VBucketStream.Reported> onReported(VBucketStream.Reported reported) {
      StreamReport report = reported.report();
      if (report instanceof StreamReport.Failed || report instanceof StreamReport.NeedsOperator) {
        rate.completeExceptionally(new IllegalStateException("takeover " + (next - 1) + ": " + report));
        return Behaviors.stopped();
      }
      if (!(report instanceof StreamReport.TakenOver)) {
        return this;
      }
      getContext().stop(stream);
      int warmUp = takeovers / 4;
      if (next == warmUp) {
        startedNanos = System.nanoTime();
      }
      if (next == takeovers) {
        rate.complete((takeovers - warmUp) * 1e9 / (System.nanoTime() - startedNanos));
        return Behaviors.stopped();
      }
      takeOverNext();
      return this;
    }
  }
}

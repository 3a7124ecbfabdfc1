package io.vbucket.rebalance.orchestrator.link;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.util.concurrent.CountDownLatch;

/** Actors that share one thread, which a test can keep busy. */
final class OneThread implements AutoCloseable {
  private final ActorTestKit kit = ActorTestKit.create(ConfigFactory.parseString("""
      akka.actor.default-dispatcher {
        executor = thread-pool-executor
        thread-pool-executor.fixed-pool-size = 1
      }
      """).withFallback(ConfigFactory.load()));
  private final CountDownLatch free = new CountDownLatch(1);

  ActorTestKit kit() {
    return kit;
  }

  /** From here on no actor gets on, until {@link #free}. */
  void occupy() throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    kit.spawn(Behaviors.setup(context -> {
      inside.countDown();
      free.await();
      return Behaviors.stopped();
    }));
    inside.await();
  }

  void free() {
    free.countDown();
  }

  @Override
  public void close() {
    free();
    kit.shutdownTestKit();
  }
}

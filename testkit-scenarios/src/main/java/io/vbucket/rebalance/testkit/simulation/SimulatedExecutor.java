package io.vbucket.rebalance.testkit.simulation;

import akka.dispatch.DispatcherPrerequisites;
import akka.dispatch.ExecutorServiceConfigurator;
import akka.dispatch.ExecutorServiceFactory;
import com.typesafe.config.Config;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Gives the work of an actor system's dispatcher to a simulation. Named in its configuration; made by Akka. */
public final class SimulatedExecutor extends ExecutorServiceConfigurator {
  private final Simulation simulation;

  public SimulatedExecutor(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    this.simulation = Simulation.named(config.getString("simulation"));
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
    return new ExecutorServiceFactory() {
      @Override
      public ExecutorService createExecutorService() {
        return new Collecting(simulation);
      }
    };
  }

  private static final class Collecting extends AbstractExecutorService {
    private final Simulation simulation;
    private volatile boolean shut;

    Collecting(Simulation simulation) {
      this.simulation = simulation;
    }

    @Override
    public void execute(Runnable task) {
      simulation.execute(task);
    }

    @Override
    public void shutdown() {
      shut = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shut = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return shut;
    }

    @Override
    public boolean isTerminated() {
      return shut;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}

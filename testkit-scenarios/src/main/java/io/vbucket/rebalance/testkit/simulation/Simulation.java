package io.vbucket.rebalance.testkit.simulation;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A world with one thread. Whatever could happen next, an actor's message or a connection's frame, is chosen at random by the seed; time
 * moves only when nothing can happen. Use it from the thread that made it.
 */
public final class Simulation implements AutoCloseable {
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Map<String, Simulation> LIVING = new ConcurrentHashMap<>();
  /** Between two moments without an end, something is wrong: no run needs so many steps at one moment. */
  private static final long MAX_STEPS_AT_ONE_MOMENT = 5_000_000;

  private static final long HELPERS_PAUSE_NANOS = 20_000;

  private final String id = "simulation-" + NUMBERS.incrementAndGet();
  private final long seed;
  private final SplittableRandom random;
  private final VirtualTime time = new VirtualTime();
  private final Queue<Runnable> arrived = new ConcurrentLinkedQueue<>();
  private final List<Runnable> ready = new ArrayList<>();
  private final List<SimulatedLoop> loops = new ArrayList<>();
  private final List<ActorSystem<?>> systems = new ArrayList<>();
  private SimulatedLoop running;
  private long steps;
  private long stepsAtThisMoment;

  public Simulation(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    LIVING.put(id, this);
  }

  static Simulation named(String id) {
    Simulation found = LIVING.get(id);
    if (found == null) {
      throw new IllegalStateException("no simulation " + id + " is running");
    }
    return found;
  }

  public long seed() {
    return seed;
  }

  /** Differs between simulations of one JVM. */
  public String id() {
    return id;
  }

  public VirtualTime time() {
    return time;
  }

  /** Steps taken so far. */
  public long steps() {
    return steps;
  }

  /** A loop for connections in memory; each machine has one of its own, so that its frames take their time. */
  public EventLoop newLoop() {
    SimulatedLoop loop = new SimulatedLoop(time);
    loops.add(loop);
    return loop;
  }

  /** Whether what is called at this moment is called by {@code loop}: everything runs on one thread, so the thread cannot tell. */
  public boolean isRunning(EventLoop loop) {
    return running == loop;
  }

  void execute(Runnable task) {
    arrived.add(task);
  }

  /**
   * Starts actors. How they start is not chosen by the seed, since Akka does part of it on a thread of its own; the guardian must do nothing
   * of interest before its first message.
   */
  public <M> ActorSystem<M> start(Behavior<M> guardian, String name) {
    Config config = ConfigFactory.parseString(String.join("\n",
        "simulation.id = " + id,
        "akka {",
        "  loglevel = WARNING, stdout-loglevel = OFF, loggers = [], log-dead-letters = off",
        "  jvm-shutdown-hooks = off, coordinated-shutdown.run-by-jvm-shutdown-hook = off",
        "  scheduler.implementation = \"" + SimulatedScheduler.class.getName() + "\"",
        "  actor.default-dispatcher { type = Dispatcher, executor = \"" + SimulatedExecutor.class.getName()
            + "\", throughput = 1, simulation = "
            + id + " }",
        "  actor.internal-dispatcher { type = Dispatcher, executor = \"" + SimulatedExecutor.class.getName()
            + "\", throughput = 1, simulation = "
            + id + " }",
        "}")).withFallback(ConfigFactory.defaultReference());
    // Creating a system waits for its own guardians, so somebody else must do their work meanwhile.
    AtomicBoolean up = new AtomicBoolean();
    Thread helper = new Thread(() -> drainUntil(up), id + "-start");
    helper.setDaemon(true);
    helper.start();
    try {
      ActorSystem<M> system = ActorSystem.create(guardian, name, config);
      systems.add(system);
      return system;
    } finally {
      up.set(true);
      joined(helper);
      settle();
    }
  }

  /** Runs what actors have begun, in the order in which it came, until they are quiet: from here on the seed decides. */
  private void settle() {
    for (Runnable task = arrived.poll(); task != null; task = arrived.poll()) {
      task.run();
    }
  }

  private void drainUntil(AtomicBoolean end) {
    while (!end.get()) {
      Runnable task = arrived.poll();
      if (task != null) {
        task.run();
      } else {
        LockSupport.parkNanos(HELPERS_PAUSE_NANOS);
      }
    }
  }

  private static void joined(Thread helper) {
    try {
      helper.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while actors were started", interrupted);
    }
  }

  /** Takes steps until {@code done}, or {@code limit} of virtual time is over, or nothing can happen any more; whether it is done. */
  public boolean runUntil(BooleanSupplier done, Duration limit) {
    long end = time.nowNanos() + limit.toNanos();
    while (!done.getAsBoolean()) {
      if (!step(end)) {
        return done.getAsBoolean();
      }
    }
    return true;
  }

  /** Takes one step, or moves time to the next timer; false when there is none before {@code end}. */
  private boolean step(long end) {
    steps++;
    if (++stepsAtThisMoment > MAX_STEPS_AT_ONE_MOMENT) {
      throw new IllegalStateException("I7: " + MAX_STEPS_AT_ONE_MOMENT + " steps without time passing, seed " + seed);
    }
    collect();
    int choices = loops.size() + 1;
    int first = random.nextInt(choices);
    for (int i = 0; i < choices; i++) {
      int choice = (first + i) % choices;
      if (choice == loops.size() ? runOneActor() : run(loops.get(choice))) {
        return true;
      }
    }
    if (time.runOneDue()) {
      return true;
    }
    return moveTime(end);
  }

  private boolean run(SimulatedLoop loop) {
    if (loop.isTerminated()) {
      return false;
    }
    running = loop;
    try {
      return loop.runNow() > 0;
    } finally {
      running = null;
    }
  }

  private void collect() {
    for (Runnable task = arrived.poll(); task != null; task = arrived.poll()) {
      ready.add(task);
    }
  }

  private boolean runOneActor() {
    if (ready.isEmpty()) {
      return false;
    }
    ready.remove(random.nextInt(ready.size())).run();
    return true;
  }

  private boolean moveTime(long end) {
    long next = time.nextNanos();
    for (SimulatedLoop loop : loops) {
      next = Math.min(next, loop.nextNanos());
    }
    if (next > end) {
      time.moveTo(end);
      return false;
    }
    stepsAtThisMoment = 0;
    time.moveTo(next);
    return true;
  }

  /** Ends actors and connections. */
  @Override
  public void close() {
    systems.forEach(ActorSystem::terminate);
    runUntil(
        () -> systems.stream().allMatch(system -> system.getWhenTerminated().toCompletableFuture().isDone()),
        Duration.ofMinutes(10));
    loops.forEach(loop -> loop.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS));
    // A loop takes it that its time to close is over only when some has passed, and until then sleeps in real time.
    time.passByItself();
    for (SimulatedLoop loop : loops) {
      while (!loop.isTerminated() && loop.runNow() > 0) {
        // Until its channels are closed.
        steps++;
      }
    }
    LIVING.remove(id);
  }
}

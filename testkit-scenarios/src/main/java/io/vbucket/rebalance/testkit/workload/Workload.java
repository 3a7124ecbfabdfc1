package io.vbucket.rebalance.testkit.workload;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.client.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * Writers, readers and deleters, each with one operation under way at a time. What they do is random by a seed; every writer and deleter has
 * keys of its own, readers read all.
 */
public final class Workload {
  /**
   * @param writers clients that write
   * @param readers clients that read
   * @param deleters clients that delete and write again
   */
  public record Clients(int writers, int readers, int deleters) {}

  /** Keys that are written or read at the same time when all are. */
  private static final int WINDOW = 512;

  private final KeyValue client;
  private final Ledger ledger;
  /** Not the common pool: with two processors a thread would be made for every operation. */
  private static final Executor CLIENTS = new ForkJoinPool(2);

  private final Executor pace;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong untrue = new AtomicLong();
  private final List<CompletableFuture<Void>> running = new ArrayList<>();
  private volatile boolean stopping;

  public Workload(KeyValue client, Ledger ledger) {
    this(client, ledger, CLIENTS);
  }

  /**
   * @param pace runs what a client does after an operation: at once, or after the time that it takes to think
   */
  public Workload(KeyValue client, Ledger ledger, Executor pace) {
    this.client = client;
    this.ledger = ledger;
    this.pace = pace;
  }

  /** Operations that were answered. */
  public long done() {
    return done.get();
  }

  /** Operations that no node answered in time. */
  public long failed() {
    return failed.get();
  }

  /** Answers to reads that contradict an acknowledged operation. */
  public long untrue() {
    return untrue.get();
  }

  /**
   * Writes every key once.
   *
   * @param progress called with the number of keys written, now and then
   */
  public void load(java.util.function.IntConsumer progress) throws InterruptedException {
    awaited(loading(progress));
  }

  /** As {@link #load}, done when the future is. */
  public CompletableFuture<Void> loading(java.util.function.IntConsumer progress) {
    AtomicInteger written = new AtomicInteger();
    return forEachKey(key -> {
      long version = ledger.next(key, false);
      return client.set(Ledger.key(key), ledger.value(version)).handle((answer, failure) -> {
        if (failure == null && answer.status() == Status.SUCCESS) {
          ledger.acknowledge(key, version);
        } else {
          failed.incrementAndGet();
        }
        int count = written.incrementAndGet();
        if (count % 1000 == 0 || count == ledger.keys()) {
          progress.accept(count);
        }
        return null;
      });
    });
  }

  private static void awaited(CompletableFuture<?> work) throws InterruptedException {
    try {
      work.get();
    } catch (ExecutionException broken) {
      throw new IllegalStateException(broken.getCause());
    }
  }

  /** Does something to every key, a window of keys at a time. */
  private CompletableFuture<Void> forEachKey(IntFunction<CompletableFuture<?>> operation) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger left = new AtomicInteger(ledger.keys());
    if (ledger.keys() == 0) {
      end.complete(null);
    }
    for (int i = 0; i < Math.min(WINDOW, ledger.keys()); i++) {
      nextKey(next, left, operation, end);
    }
    return end;
  }

  private void nextKey(
      AtomicInteger next, AtomicInteger left, IntFunction<CompletableFuture<?>> operation,
      CompletableFuture<Void> end) {
    int key = next.getAndIncrement();
    if (key >= ledger.keys()) {
      return;
    }
    operation.apply(key).whenComplete((done, failure) -> {
      if (failure != null) {
        end.completeExceptionally(failure);
      } else if (left.decrementAndGet() == 0) {
        end.complete(null);
      } else {
        nextKey(next, left, operation, end);
      }
    });
  }

  /** Starts the clients. They run until {@link #stop()}. */
  public void start(Clients clients, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int owners = clients.writers() + clients.deleters();
    for (int owner = 0; owner < owners; owner++) {
      boolean deletes = owner >= clients.writers();
      running.add(own(owner, owners, deletes, random.split()));
    }
    for (int reader = 0; reader < clients.readers(); reader++) {
      running.add(read(random.split()));
    }
  }

  /** Lets every operation that is under way end. */
  public void stop() {
    stopped().join();
  }

  /** As {@link #stop}, done when the future is. */
  public CompletableFuture<Void> stopped() {
    stopping = true;
    return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> own(int owner, int owners, boolean deletes, SplittableRandom random) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    int share = (ledger.keys() - owner + owners - 1) / owners;
    if (share == 0) {
      end.complete(null);
      return end;
    }
    nextOwn(owner, owners, share, deletes, random, end);
    return end;
  }

  private void nextOwn(
      int owner, int owners, int share, boolean deletes, SplittableRandom random, CompletableFuture<Void> end) {
    if (stopping) {
      end.complete(null);
      return;
    }
    int key = owner + owners * random.nextInt(share);
    boolean delete = deletes && random.nextBoolean();
    long version = ledger.next(key, delete);
    CompletableFuture<Frame> operation =
        delete ? client.delete(Ledger.key(key)) : client.set(Ledger.key(key), ledger.value(version));
    operation.whenCompleteAsync((answer, failure) -> {
      // A delete that finds nothing has what it wanted, be it that it was carried out at a first try whose answer was lost.
      boolean told =
          failure == null && (answer.status() == Status.SUCCESS || delete && answer.status() == Status.KEY_ENOENT);
      count(told);
      if (told) {
        ledger.acknowledge(key, version);
      }
      nextOwn(owner, owners, share, deletes, random, end);
    }, pace);
  }

  private CompletableFuture<Void> read(SplittableRandom random) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    nextRead(random, end);
    return end;
  }

  private void nextRead(SplittableRandom random, CompletableFuture<Void> end) {
    if (stopping) {
      end.complete(null);
      return;
    }
    int key = random.nextInt(ledger.keys());
    long since = ledger.acknowledged(key);
    client.get(Ledger.key(key)).whenCompleteAsync((answer, failure) -> {
      count(failure == null);
      if (failure == null && !ledger.isTrue(key, since, answer)) {
        untrue.incrementAndGet();
      }
      nextRead(random, end);
    }, pace);
  }

  private void count(boolean answered) {
    (answered ? done : failed).incrementAndGet();
  }

  /**
   * Reads every key back. Call it when no client runs any more.
   *
   * @return keys whose acknowledged state is not what the nodes have, in words
   */
  public List<String> lost() throws InterruptedException {
    CompletableFuture<List<String>> reading = readingBack();
    awaited(reading);
    return reading.join();
  }

  /** As {@link #lost}, done when the future is. */
  public CompletableFuture<List<String>> readingBack() {
    List<String> lost = java.util.Collections.synchronizedList(new ArrayList<>());
    return forEachKey(key -> {
      long since = ledger.acknowledged(key);
      return client.get(Ledger.key(key)).handle((answer, failure) -> {
        if (failure != null) {
          lost.add("doc-" + key + ": " + failure);
        } else if (!ledger.isTrue(key, since, answer)) {
          lost.add("doc-" + key + ": version " + since + " was acknowledged, the nodes have " + answer.describe());
        }
        return null;
      });
    }).thenApply(read -> List.copyOf(lost));
  }
}

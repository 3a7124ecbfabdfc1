package io.vbucket.rebalance.testkit.officials;

import com.couchbase.client.core.error.CasMismatchException;
import com.couchbase.client.core.error.DocumentNotFoundException;
import com.couchbase.client.core.error.DocumentNotLockedException;
import com.couchbase.client.java.AsyncCollection;
import com.couchbase.client.java.Collection;
import com.couchbase.client.java.codec.Transcoder;
import com.couchbase.client.java.json.JsonObject;
import com.couchbase.client.java.kv.GetOptions;
import com.couchbase.client.java.kv.GetResult;
import com.couchbase.client.java.kv.IncrementOptions;
import com.couchbase.client.java.kv.InsertOptions;
import com.couchbase.client.java.kv.LookupInResult;
import com.couchbase.client.java.kv.LookupInSpec;
import com.couchbase.client.java.kv.MutateInOptions;
import com.couchbase.client.java.kv.MutateInSpec;
import com.couchbase.client.java.kv.ReplaceOptions;
import com.couchbase.client.java.kv.StoreSemantics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * Workers that use the official Java client, each with one operation under way and with keys of its own, so that every answer can be
 * judged. What a worker was told is what must be there at the end.
 */
final class JavaClientLoad implements AutoCloseable {
  private static final int KEYS_OF_A_WORKER = 40;
  private static final GetOptions RAW = GetOptions.getOptions().transcoder(Untouched.INSTANCE);
  private static final Duration LONG = Duration.ofHours(1);

  private final Collection collection;
  private final boolean unlocks;
  private final AsyncCollection async;
  private final ExecutorService threads = Executors.newFixedThreadPool(2, task -> {
    Thread thread = new Thread(task, "client-load");
    thread.setDaemon(true);
    return thread;
  });
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong locksLost = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> doneByName = new ConcurrentHashMap<>();
  private final List<Worker> workers = new ArrayList<>();
  private final List<CompletableFuture<Void>> running = new ArrayList<>();
  private volatile boolean stopping;

  /**
   * @param unlocks whether locks are given back by UNLOCK_KEY, too. To one whose lock is gone older nodes say "temporary failure", which
   *     the client repeats until its time is over.
   */
  JavaClientLoad(Collection collection, int workers, boolean unlocks, long seed) {
    this.collection = collection;
    this.unlocks = unlocks;
    this.async = collection.async();
    for (int i = 0; i < workers; i++) {
      this.workers.add(new Worker("w" + i, new SplittableRandom(seed * 31 + i)));
    }
  }

  void start() {
    workers.forEach(worker -> {
      CompletableFuture<Void> end = new CompletableFuture<>();
      running.add(end);
      worker.next(end);
    });
  }

  /** Lets every operation end that is under way. */
  void stop() {
    stopping = true;
    CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
  }

  long done() {
    return done.get();
  }

  /** Operations by name. */
  Map<String, AtomicLong> doneByName() {
    return doneByName;
  }

  /** Operations that failed, or that were answered what cannot be true. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Locks that were gone when they were to be given back: they do not move with a vBucket, on real nodes neither. */
  long locksLost() {
    return locksLost.get();
  }

  /** Reads everything back; what is not as it was acknowledged, in words. */
  List<String> lost() {
    List<String> lost = new ArrayList<>();
    workers.forEach(worker -> worker.compare(lost));
    return lost;
  }

  /** Key and body of every document that is there, as the client reads them. */
  Map<String, String> documents() {
    Map<String, String> found = new TreeMap<>();
    workers.forEach(worker -> worker.keys().forEach(key -> {
      try {
        found.put(key, new String(collection.get(key, RAW).contentAs(byte[].class), StandardCharsets.UTF_8));
      } catch (DocumentNotFoundException absent) {
        // Then there is nothing to show.
      }
    }));
    return found;
  }

  @Override
  public void close() throws InterruptedException {
    threads.shutdown();
    threads.awaitTermination(5, TimeUnit.SECONDS);
  }

  /** Bodies as they are, whatever their flags say. */
  private enum Untouched implements Transcoder {
    INSTANCE;

    @Override
    public EncodedValue encode(Object input) {
      return new EncodedValue((byte[]) input, 0);
    }

    @Override
    public <T> T decode(Class<T> target, byte[] input, int flags) {
      return target.cast(input);
    }
  }

  private final class Worker {
    private final String name;
    private final SplittableRandom random;
    /** Per document the version that is there, 0 for none. */
    private final long[] versions = new long[KEYS_OF_A_WORKER];
    private final long[] counters = new long[KEYS_OF_A_WORKER];
    private final long[] parts = new long[KEYS_OF_A_WORKER];
    /** Documents that were locked and not changed since: their CAS is the lock's, which their node alone knows. */
    private final boolean[] ofLock = new boolean[KEYS_OF_A_WORKER];
    private long version;

    Worker(String name, SplittableRandom random) {
      this.name = name;
      this.random = random;
    }

    void next(CompletableFuture<Void> end) {
      if (stopping) {
        end.complete(null);
        return;
      }
      int key = random.nextInt(KEYS_OF_A_WORKER);
      CompletableFuture<?> operation;
      try {
        operation = choose(key, random.nextInt(20));
      } catch (RuntimeException failed) {
        operation = CompletableFuture.failedFuture(failed);
      }
      operation.whenCompleteAsync((any, failure) -> {
        if (failure != null) {
          failures.add(name + ": " + failure);
        }
        next(end);
      }, threads);
    }

    private CompletableFuture<?> choose(int key, int dice) {
      return switch (dice) {
        case 0, 1, 2, 3, 4 -> read(key);
        case 5, 6, 7 -> upsert(key);
        case 8 -> versions[key] == 0 ? insert(key) : insertAgain(key);
        case 9, 10 -> versions[key] == 0 ? upsert(key) : replace(key);
        case 11 -> versions[key] == 0 ? read(key) : remove(key);
        case 12, 13 -> count(key);
        case 14, 15 -> mutate(key);
        case 16 -> look(key);
        case 17 -> versions[key] == 0 ? upsert(key) : touch(key);
        case 18 -> versions[key] == 0 ? insert(key) : readAndTouch(key);
        default -> versions[key] == 0 ? upsert(key) : lock(key);
      };
    }

    private String document(int key) {
      return "doc-" + name + "-" + key;
    }

    private JsonObject content(long newVersion) {
      return JsonObject.create().put("version", newVersion).put("filling", "x".repeat(100));
    }

    private <T> CompletableFuture<T> counted(String operation, CompletableFuture<T> future) {
      return future.whenComplete((any, failure) -> {
        done.incrementAndGet();
        doneByName.computeIfAbsent(operation, first -> new AtomicLong()).incrementAndGet();
      });
    }

    private void expect(String what, Object expected, Object got) {
      if (!expected.equals(got)) {
        throw new IllegalStateException(what + ": expected " + expected + ", got " + got);
      }
    }

    private CompletableFuture<Long> readVersion(int key) {
      return versionOf("get", async.get(document(key)));
    }

    /** The version of a document that is read, 0 when there is none. */
    private CompletableFuture<Long> versionOf(String operation, CompletableFuture<GetResult> reading) {
      return counted(operation, reading).handle((result, failure) -> {
        if (is(failure, DocumentNotFoundException.class)) {
          return 0L;
        }
        if (failure != null) {
          throw new CompletionException(failure);
        }
        return result.contentAsObject().getLong("version");
      });
    }

    private CompletableFuture<?> read(int key) {
      return readVersion(key).thenAccept(found -> expect(document(key), versions[key], found));
    }

    private CompletableFuture<?> upsert(int key) {
      long newVersion = ++version;
      return counted("upsert", async.upsert(document(key), content(newVersion)))
          .thenAccept(result -> written(key, newVersion));
    }

    private void written(int key, long newVersion) {
      versions[key] = newVersion;
      ofLock[key] = false;
    }

    private CompletableFuture<?> insert(int key) {
      long newVersion = ++version;
      return counted("insert",
          async.insert(document(key), content(newVersion), InsertOptions.insertOptions().expiry(LONG)))
          .thenAccept(result -> written(key, newVersion));
    }

    private CompletableFuture<?> insertAgain(int key) {
      return counted("insert", async.insert(document(key), content(++version))).handle((result, failure) -> {
        if (!is(failure, com.couchbase.client.core.error.DocumentExistsException.class)) {
          throw new IllegalStateException(document(key) + " was inserted twice: " + failure);
        }
        return null;
      });
    }

    /**
     * With the CAS that was read, and before that with another one, which must not succeed. The CAS that a lock gave a document is lost when
     * the document moves, as the lock is.
     */
    private CompletableFuture<?> replace(int key) {
      long newVersion = ++version;
      return counted("get", async.get(document(key)))
          .thenCompose(read -> counted("replace", async.replace(document(key), content(newVersion),
              ReplaceOptions.replaceOptions().cas(read.cas() + 1_000_000_007L)))
              .handle((result, failure) -> {
                if (!is(failure, CasMismatchException.class)) {
                  throw new IllegalStateException(document(key) + " was replaced with a wrong CAS: " + failure);
                }
                return null;
              })
              .thenCompose(refused -> {
                CompletableFuture<?> replacing = counted("replace", async.replace(document(key), content(newVersion),
                    ReplaceOptions.replaceOptions().cas(read.cas())));
                return ofLock[key]
                    ? unlessLost(replacing, CasMismatchException.class)
                    : replacing.thenApply(any -> true);
              }))
          .thenAccept(done -> {
            if (done) {
              written(key, newVersion);
            }
          });
    }

    private CompletableFuture<?> remove(int key) {
      return counted("remove", async.remove(document(key))).thenAccept(result -> written(key, 0));
    }

    private CompletableFuture<?> count(int key) {
      return counted("increment", async.binary().increment("counter-" + name + "-" + key,
          IncrementOptions.incrementOptions().initial(1)))
          .thenAccept(result -> expect("counter-" + name + "-" + key, ++counters[key], result.content()));
    }

    private CompletableFuture<?> mutate(int key) {
      long next = parts[key] + 1;
      return counted("mutateIn", async.mutateIn("parts-" + name + "-" + key,
          List.of(
              MutateInSpec.increment("count", 1),
              MutateInSpec.upsert("deep.er.value", next).createPath(),
              MutateInSpec.upsert("own", next).xattr()),
          MutateInOptions.mutateInOptions().storeSemantics(StoreSemantics.UPSERT)))
          .thenAccept(result -> {
            parts[key] = next;
            expect("parts-" + name + "-" + key, next, result.contentAs(0, Long.class));
          });
    }

    private CompletableFuture<?> look(int key) {
      if (parts[key] == 0) {
        return mutate(key);
      }
      return lookUp(key).thenAccept(found -> expect("parts-" + name + "-" + key, parts[key], found));
    }

    /** The value that all three parts of a document have, -1 when they differ. */
    private CompletableFuture<Long> lookUp(int key) {
      return counted("lookupIn", async.lookupIn("parts-" + name + "-" + key,
          List.of(LookupInSpec.get("count"), LookupInSpec.get("deep.er.value"), LookupInSpec.get("own").xattr(),
              LookupInSpec.exists("nowhere"))))
          .thenApply(this::same);
    }

    private long same(LookupInResult result) {
      long count = result.contentAs(0, Long.class);
      boolean all = count == result.contentAs(1, Long.class) && count == result.contentAs(2, Long.class)
          && !result.exists(3);
      return all ? count : -1;
    }

    private CompletableFuture<?> touch(int key) {
      return counted("touch", async.touch(document(key), LONG));
    }

    private CompletableFuture<?> readAndTouch(int key) {
      return versionOf("getAndTouch", async.getAndTouch(document(key), LONG))
          .thenAccept(found -> expect(document(key), versions[key], found));
    }

    /** Locks, and gives the lock back by unlock or by a change with its CAS. A lock that did not survive a move is no failure. */
    private CompletableFuture<?> lock(int key) {
      boolean write = !unlocks || random.nextBoolean();
      long newVersion = ++version;
      return counted("getAndLock", async.getAndLock(document(key), Duration.ofSeconds(15))).thenCompose(locked -> {
        expect(document(key), versions[key], locked.contentAsObject().getLong("version"));
        ofLock[key] = true;
        CompletableFuture<Boolean> back = write
            ? unlessLost(counted("replace", async.replace(document(key), content(newVersion),
                ReplaceOptions.replaceOptions().cas(locked.cas()))), CasMismatchException.class)
            : unlessLost(counted("unlock", async.unlock(document(key), locked.cas())),
                DocumentNotLockedException.class);
        return back.thenAccept(held -> {
          if (held && write) {
            written(key, newVersion);
          }
        });
      });
    }

    private CompletableFuture<Boolean> unlessLost(
        CompletableFuture<?> operation, Class<? extends Exception> meansLost) {
      BiFunction<Object, Throwable, Boolean> judge = (any, failure) -> {
        if (is(failure, meansLost)) {
          locksLost.incrementAndGet();
          return false;
        }
        if (failure != null) {
          throw new CompletionException(failure);
        }
        return true;
      };
      return operation.handle(judge);
    }

    private boolean is(Throwable failure, Class<? extends Exception> kind) {
      return kind.isInstance(failure) || failure != null && kind.isInstance(failure.getCause());
    }

    List<String> keys() {
      List<String> keys = new ArrayList<>();
      for (int key = 0; key < KEYS_OF_A_WORKER; key++) {
        keys.addAll(List.of(document(key), "counter-" + name + "-" + key, "parts-" + name + "-" + key));
      }
      return keys;
    }

    void compare(List<String> lost) {
      for (int key = 0; key < KEYS_OF_A_WORKER; key++) {
        compare(lost, document(key), versions[key], readVersion(key));
        if (counters[key] > 0) {
          long counted = Long.parseLong(new String(
              collection.get("counter-" + name + "-" + key, RAW).contentAs(byte[].class), StandardCharsets.US_ASCII));
          compare(lost, "counter-" + name + "-" + key, counters[key], CompletableFuture.completedFuture(counted));
        }
        if (parts[key] > 0) {
          compare(lost, "parts-" + name + "-" + key, parts[key], lookUp(key));
        }
      }
    }

    private void compare(List<String> lost, String key, long acknowledged, CompletableFuture<Long> reading) {
      long found = reading.join();
      if (found != acknowledged) {
        lost.add(key + ": acknowledged " + acknowledged + ", there is " + found);
      }
    }
  }
}

package io.vbucket.rebalance.orchestrator.link;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * How many bytes may flow between nodes: token buckets, one for what each node sends, one for what each node receives, one for each pair. All
 * links of a rebalance draw on the same budget, each from the thread of its own sockets.
 *
 * <p>A bucket holds one second's rate, so in any time t it gives at most rate x (t + 1 s). Links that want more than there is share it.
 */
public final class FlowBudget {
  private static final double SECOND = 1e9;

  /** What the limits are, in bytes per second, 1 or more; {@link #UNLIMITED} for none. */
  public interface Rates {
    long UNLIMITED = Long.MAX_VALUE;

    /** What a node may send, and as much that it may receive. */
    long ofNode(String node);

    /** What may pass from one node to another, over all links of the pair. */
    long ofLink(String source, String destination);
  }

  /** One bucket of tokens. */
  private static final class Tokens {
    private final Set<Draw> waiting = new HashSet<>();
    private double level;
    private long asOf;

    Tokens(long rate, long now) {
      this.level = rate;
      this.asOf = now;
    }

    /** A clock that was set back gives nothing for that step, and goes on from there. */
    void fill(long rate, long now) {
      double more = now > asOf ? rate * ((now - asOf) / SECOND) : 0;
      level = Math.min(rate, level + more);
      asOf = now;
    }

    /** What this one may take, so that others that wait find something, too. */
    long share(Draw who) {
      int others = waiting.size() - (waiting.contains(who) ? 1 : 0);
      return level < 1 ? 0 : Math.max(1, (long) (level / (1 + others)));
    }
  }

  private final LongSupplier nanos;
  private final Map<String, Tokens> buckets = new HashMap<>();
  private Rates rates;

  /** @param nanos the time, in nanoseconds, of which only differences matter */
  public FlowBudget(Rates rates, LongSupplier nanos) {
    this.rates = rates;
    this.nanos = nanos;
  }

  /** Without limits. */
  public static FlowBudget unlimited() {
    return new FlowBudget(new Rates() {
      @Override
      public long ofNode(String node) {
        return UNLIMITED;
      }

      @Override
      public long ofLink(String source, String destination) {
        return UNLIMITED;
      }
    }, () -> 0);
  }

  /** Other limits from now on. Links that wait notice it when they look next. */
  public synchronized void change(Rates now) {
    rates = now;
  }

  /** What one link draws. */
  Draw of(String source, String destination) {
    return new Draw(source, destination);
  }

  /** A link's way to the budget. */
  final class Draw {
    private final String source;
    private final String destination;

    private Draw(String source, String destination) {
      this.source = source;
      this.destination = destination;
    }

    /** Whether any limit holds for this link. */
    boolean isLimited() {
      synchronized (FlowBudget.this) {
        return !limits().isEmpty();
      }
    }

    /**
     * Takes as many bytes as there are.
     *
     * @return 0 to {@code wanted}; while it is less, others leave this link its share
     */
    long grant(long wanted) {
      synchronized (FlowBudget.this) {
        Map<Tokens, Long> limits = limits();
        long given = wanted;
        for (Tokens tokens : limits.keySet()) {
          given = Math.min(given, tokens.share(this));
        }
        for (Tokens tokens : limits.keySet()) {
          tokens.level -= given;
          if (given < wanted) {
            tokens.waiting.add(this);
          } else {
            tokens.waiting.remove(this);
          }
        }
        return given;
      }
    }

    /** Takes bytes that cannot wait, whether they are there or not: what is missing is made up for afterwards. */
    void charge(long bytes) {
      synchronized (FlowBudget.this) {
        limits().keySet().forEach(tokens -> {
          tokens.level -= bytes;
          tokens.waiting.remove(this);
        });
      }
    }

    /** The link wants nothing any more. */
    void leave() {
      synchronized (FlowBudget.this) {
        buckets.values().forEach(tokens -> tokens.waiting.remove(this));
      }
    }

    /** The buckets that limit it, filled up to now, with their rates. */
    private Map<Tokens, Long> limits() {
      Map<Tokens, Long> limits = new HashMap<>();
      long now = nanos.getAsLong();
      put(limits, "from " + source, rates.ofNode(source), now);
      put(limits, "to " + destination, rates.ofNode(destination), now);
      put(limits, source + "->" + destination, rates.ofLink(source, destination), now);
      return limits;
    }

    private void put(Map<Tokens, Long> limits, String name, long rate, long now) {
      if (rate == Rates.UNLIMITED) {
        buckets.remove(name);
        return;
      }
      Tokens tokens = buckets.computeIfAbsent(name, bucket -> new Tokens(rate, now));
      tokens.fill(rate, now);
      limits.put(tokens, rate);
    }
  }
}

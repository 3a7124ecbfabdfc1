package io.vbucket.rebalance.testkit.bench;

import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.LinkSettings;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.SessionSecurity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast a link's relay is, against a plain copy of bytes between the same two ends: rounds of both in turn, so that whatever else the
 * machine does falls on both alike.
 */
public final class RelayBench {
  private static final long MIB = 1024 * 1024;
  private static final SessionSecurity NO_TLS = SessionSecurity.of(ClusterSecurity.SCRAM_ONLY);

  /**
   * @param valueBytes sizes of the documents' values
   * @param rounds of each relay per size, 1 or more; one more before them is not counted
   * @param roundMiB what one round sends
   */
  public record Options(List<Integer> valueBytes, int rounds, int roundMiB, LinkSettings link) {
    public Options {
      valueBytes = List.copyOf(valueBytes);
      if (rounds < 1 || roundMiB < 1) {
        throw new IllegalArgumentException("rounds " + rounds + " and roundMiB " + roundMiB + " must be at least 1");
      }
    }

    /** 256 B, 4 KiB and 64 KiB, 9 rounds of 512 MiB. */
    public static Options usual(LinkSettings link) {
      return new Options(List.of(256, 4096, 65_536), 9, 512, link);
    }
  }

  /** The link's throughput divided by the plain relay's, over the pairs of rounds. */
  public record Ratio(double min, double median, double max) {
  }

  /**
   * One size of documents.
   *
   * @param plainMiBps median of the plain relay, frames whole, in MiB/s
   * @param linkMiBps median of the link
   */
  public record Row(int valueBytes, double plainMiBps, double linkMiBps, Ratio ratio) {
  }

  public record Result(List<Row> rows) {
    public Result {
      rows = List.copyOf(rows);
    }

    /** A table for people. */
    public String render() {
      StringBuilder text = new StringBuilder("  value bytes   plain MiB/s    link MiB/s   ratio min / median / max\n");
      for (Row row : rows) {
        text.append(String.format(
            Locale.ROOT, "%13d %13.0f %13.0f   %9.2f / %.2f / %.2f%n", row.valueBytes, row.plainMiBps, row.linkMiBps,
            row.ratio.min, row.ratio.median, row.ratio.max));
      }
      return text.toString();
    }
  }

  private RelayBench() {}

  /**
   * Runs the bench; takes rounds x sizes x two relays times the time that {@code roundMiB} takes.
   *
   * @throws IOException when the loopback sockets fail
   */
  public static Result run(Options options) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (EventLoops loops = new EventLoops(1); RelayEnds ends = new RelayEnds()) {
      NodeConnector connector = new NodeConnector(loops, NodeConnector.Limits.of(options.link()), NO_TLS);
      for (int valueBytes : options.valueBytes()) {
        rows.add(measure(options, valueBytes, ends, connector));
      }
    }
    return new Result(rows);
  }

  private static Row measure(Options options, int valueBytes, RelayEnds ends, NodeConnector connector)
      throws IOException {
    long bytes = options.roundMiB() * MIB;
    double[] plain = new double[options.rounds()];
    double[] link = new double[options.rounds()];
    double[] ratio = new double[options.rounds()];
    for (int round = -1; round < options.rounds(); round++) {
      double plainMiBps = plain(ends, valueBytes, bytes);
      double linkMiBps = link(ends, connector, valueBytes, bytes);
      if (round >= 0) {
        plain[round] = plainMiBps;
        link[round] = linkMiBps;
        ratio[round] = linkMiBps / plainMiBps;
      }
    }
    return new Row(valueBytes, median(plain), median(link), new Ratio(min(ratio), median(ratio), max(ratio)));
  }

  private static double plain(RelayEnds ends, int valueBytes, long bytes) throws IOException {
    try (PlainRelay relay = new PlainRelay(ends.source(), ends.sink())) {
      return mibPerSecond(bytes, ends.send(valueBytes, bytes, false));
    }
  }

  private static double link(RelayEnds ends, NodeConnector connector, int valueBytes, long bytes) throws IOException {
    try (MeasuredLink relay = new MeasuredLink(connector, ends.source(), ends.sink())) {
      double rate = mibPerSecond(bytes, ends.send(valueBytes, bytes, true));
      if (!relay.counters().dropped().isEmpty() && relay.counters().dropped().keySet().stream()
          .anyMatch(why -> why != io.vbucket.rebalance.orchestrator.link.LinkCounters.Drop.OWN_ANSWER)) {
        throw new IllegalStateException("the link dropped frames: " + relay.counters());
      }
      return rate;
    }
  }

  private static double mibPerSecond(long bytes, long nanos) {
    return (double) bytes / MIB * 1e9 / nanos;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    java.util.Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double min(double[] values) {
    return java.util.Arrays.stream(values).min().orElseThrow();
  }

  private static double max(double[] values) {
    return java.util.Arrays.stream(values).max().orElseThrow();
  }
}

package io.vbucket.rebalance.testkit.bench;

import io.netty.handler.ssl.JdkSslContext;
import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.LinkSettings;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.SessionSecurity;
import io.vbucket.rebalance.testkit.node.tcp.NodeCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;

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
   * @param tls whether each size is measured once more with TLS on both of the link's sockets, against the same plain copy without
   */
  public record Options(List<Integer> valueBytes, int rounds, int roundMiB, boolean tls, LinkSettings link) {
    public Options {
      valueBytes = List.copyOf(valueBytes);
      if (rounds < 1 || roundMiB < 1) {
        throw new IllegalArgumentException("rounds " + rounds + " and roundMiB " + roundMiB + " must be at least 1");
      }
    }

    /** 256 B, 4 KiB and 64 KiB, 9 rounds of 512 MiB, without and with TLS. */
    public static Options usual(LinkSettings link) {
      return new Options(List.of(256, 4096, 65_536), 9, 512, true, link);
    }
  }

  /** The link's throughput divided by the plain relay's, over the pairs of rounds. */
  public record Ratio(double min, double median, double max) {
  }

  /**
   * One size of documents.
   *
   * @param tls whether the link's sockets, never those of the plain relay, use TLS
   * @param plainMiBps median of the plain relay, frames whole, in MiB/s
   * @param linkMiBps median of the link
   */
  public record Row(int valueBytes, boolean tls, double plainMiBps, double linkMiBps, Ratio ratio) {
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
            Locale.ROOT, "%13d %13.0f %13.0f   %9.2f / %.2f / %.2f%s%n", row.valueBytes, row.plainMiBps,
            row.linkMiBps, row.ratio.min, row.ratio.median, row.ratio.max, row.tls ? "   with TLS" : ""));
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
        rows.add(measure(options, valueBytes, ends, connector, Protection.NONE));
      }
      Protection tls = options.tls() ? Protection.create() : Protection.NONE;
      for (int valueBytes : options.tls() ? options.valueBytes() : List.<Integer>of()) {
        rows.add(measure(options, valueBytes, ends, connector, tls));
      }
    }
    return new Result(rows);
  }

  /**
   * @param ends TLS of both ends, null for none
   * @param link what the link does accordingly
   */
  private record Protection(SSLContext ends, SessionSecurity link) {
    static final Protection NONE = new Protection(null, NO_TLS);

    static Protection create() throws IOException {
      NodeCertificates authority = NodeCertificates.create();
      Path caFile = Files.createTempFile("bench-ca", ".pem");
      try {
        authority.writeAuthority(caFile);
        return new Protection(
            ((JdkSslContext) authority.forLoopback()).context(),
            SessionSecurity.of(ClusterSecurity.with(ClusterSecurity.Tls.trusting(caFile))));
      } finally {
        Files.delete(caFile);
      }
    }
  }

  private static Row measure(
      Options options, int valueBytes, RelayEnds ends, NodeConnector connector, Protection protection)
      throws IOException {
    long bytes = options.roundMiB() * MIB;
    double[] plain = new double[options.rounds()];
    double[] link = new double[options.rounds()];
    double[] ratio = new double[options.rounds()];
    for (int round = -1; round < options.rounds(); round++) {
      double plainMiBps = plain(ends, valueBytes, bytes);
      double linkMiBps = link(ends, connector, protection, valueBytes, bytes);
      if (round >= 0) {
        plain[round] = plainMiBps;
        link[round] = linkMiBps;
        ratio[round] = linkMiBps / plainMiBps;
      }
    }
    return new Row(
        valueBytes, protection.ends() != null, median(plain), median(link),
        new Ratio(min(ratio), median(ratio), max(ratio)));
  }

  private static double plain(RelayEnds ends, int valueBytes, long bytes) throws IOException {
    try (PlainRelay relay = new PlainRelay(ends.source(), ends.sink())) {
      return mibPerSecond(bytes, ends.send(valueBytes, bytes, false, null));
    }
  }

  private static double link(
      RelayEnds ends, NodeConnector connector, Protection protection, int valueBytes, long bytes) throws IOException {
    try (MeasuredLink relay = new MeasuredLink(connector, protection.link(), ends.source(), ends.sink())) {
      double rate = mibPerSecond(bytes, ends.send(valueBytes, bytes, true, protection.ends()));
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

package io.vbucket.rebalance.config;

import com.typesafe.config.ConfigUtil;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cluster that the programs work on, as a HOCON file says it; {@code config/examples} has some.
 *
 * @param buckets whose vBuckets are moved, at least one; no name twice; in the order of the file
 * @param credentials who the orchestrator is on the nodes
 * @param security how connections are protected
 * @param bootstrap a node from whose map the others are to be found; only where no nodes are given
 * @param nodes at least one, or none with a bootstrap node; no name and no address twice; in the order of the file
 */
public record ClusterFile(
    List<ClusterBucket> buckets,
    Credentials credentials,
    ClusterSecurity security,
    Optional<NodeAddress> bootstrap,
    List<NodeAddress> nodes) {

  /** A cluster with one bucket. */
  public ClusterFile(
      String bucket, Credentials credentials, ClusterSecurity security, Optional<NodeAddress> bootstrap,
      List<NodeAddress> nodes) {
    this(List.of(ClusterBucket.named(bucket)), credentials, security, bootstrap, nodes);
  }

  /** A cluster whose nodes are known. */
  public ClusterFile(String bucket, Credentials credentials, ClusterSecurity security, List<NodeAddress> nodes) {
    this(bucket, credentials, security, Optional.empty(), nodes);
  }

  /** A cluster without TLS whose nodes offer SCRAM. */
  public ClusterFile(String bucket, Credentials credentials, List<NodeAddress> nodes) {
    this(bucket, credentials, ClusterSecurity.SCRAM_ONLY, nodes);
  }

  /**
   * @throws SettingsException when a component is wrong
   */
  public ClusterFile {
    nodes = nodes == null ? List.of() : List.copyOf(nodes);
    buckets = buckets == null ? List.of() : List.copyOf(buckets);
    long names = buckets.stream().map(ClusterBucket::name).distinct().count();
    Check check = new Check()
        .that("buckets", buckets.toString(), !buckets.isEmpty() && names == buckets.size(),
            "at least one bucket, and none of them twice")
        .present("credentials", credentials)
        .present("security", security)
        .present("bootstrap", bootstrap)
        .that(
            "nodes", "[]", !nodes.isEmpty() || bootstrap != null && bootstrap.isPresent(),
            "at least one { name, host, port }")
        .that(
            "bootstrap", "given", nodes.isEmpty() || bootstrap == null || bootstrap.isEmpty(),
            "not together with nodes; keep one of them");
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      NodeAddress node = nodes.get(i);
      Integer twin = seen.putIfAbsent("name " + node.name(), i);
      check.that("nodes." + i, node.name(), twin == null, "a second node of this name; names must differ");
      Integer listens = seen.putIfAbsent("address " + node.hostAndPort(), i);
      check.that(
          "nodes." + i,
          node.hostAndPort(),
          listens == null || twin != null,
          "the address of " + nodes.get(listens == null ? i : listens).name() + " already; addresses must differ");
    }
    check.refuseIfWrong();
  }

  /**
   * Reads a cluster file.
   *
   * @throws SettingsException when the file cannot be read or is wrong; names every problem as {@code file:line: ...}
   */
  public static ClusterFile load(Path file) {
    return new ClusterFileReader(file).read();
  }

  /**
   * The name of its bucket.
   *
   * @throws IllegalStateException when it has several: {@link #forBucket} chooses one
   */
  public String bucket() {
    if (buckets.size() != 1) {
      throw new IllegalStateException("the cluster file names " + buckets.size() + " buckets: choose one of them");
    }
    return buckets.get(0).name();
  }

  /**
   * The same cluster with just one of its buckets.
   *
   * @throws SettingsException when it names no such bucket
   */
  public ClusterFile forBucket(String name) {
    ClusterBucket chosen = buckets.stream()
        .filter(bucket -> bucket.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new SettingsException(List.of(new Problem(
            null, "bucket", name,
            "not in the cluster file, which has " + buckets.stream().map(ClusterBucket::name).toList()))));
    return new ClusterFile(List.of(chosen), credentials, security, bootstrap, nodes);
  }

  /** The same cluster with its nodes, when they were found from its bootstrap node. */
  public ClusterFile withNodes(List<NodeAddress> found) {
    return new ClusterFile(buckets, credentials, security, Optional.empty(), found);
  }

  /** The node of this name. */
  public NodeAddress node(String name) {
    return nodes.stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new SettingsException(List.of(new Problem(
            null,
            "node",
            name,
            "not in the cluster file, which has " + nodes.stream().map(NodeAddress::name).toList()))));
  }

  /**
   * The text of a cluster file that {@link #load} reads as this.
   *
   * @throws IllegalStateException when the password was given in code: no file may hold it
   */
  public String render() {
    StringBuilder text = new StringBuilder("cluster {\n");
    render(text, buckets);
    if (!credentials.areByCertificate()) {
      line(text, "  user", credentials.user());
      password(text, "  password", credentials.source());
    }
    security.tls().ifPresent(tls -> render(text, tls));
    if (security.plainWithoutTls()) {
      text.append("  plain-without-tls = true\n");
    }
    if (bootstrap.isPresent()) {
      text.append("  bootstrap { host = ").append(ConfigUtil.quoteString(bootstrap.get().host()));
      return text.append(", port = ").append(bootstrap.get().port()).append(" }\n}\n").toString();
    }
    text.append("  nodes = [\n");
    for (NodeAddress node : nodes) {
      text.append("    { name = ").append(ConfigUtil.quoteString(node.name()));
      text.append(", host = ").append(ConfigUtil.quoteString(node.host()));
      text.append(", port = ").append(node.port()).append(" }\n");
    }
    return text.append("  ]\n}\n").toString();
  }

  private static void render(StringBuilder text, List<ClusterBucket> buckets) {
    if (buckets.size() == 1 && buckets.get(0).priority() == 0) {
      line(text, "  bucket", buckets.get(0).name());
      return;
    }
    text.append("  buckets = [\n");
    for (ClusterBucket bucket : buckets) {
      text.append("    { name = ").append(ConfigUtil.quoteString(bucket.name()));
      text.append(", priority = ").append(bucket.priority()).append(" }\n");
    }
    text.append("  ]\n");
  }

  private static void render(StringBuilder text, ClusterSecurity.Tls tls) {
    text.append("  tls {\n");
    tls.caFile().ifPresent(file -> line(text, "    ca-file", file.toString()));
    tls.client().ifPresent(client -> {
      line(text, "    client-certificate", client.chain().toString());
      line(text, "    client-key", client.key().toString());
      client.keyPassword().ifPresent(source -> password(text, "    client-key-password", source));
    });
    text.append("    verify-host = ").append(tls.verifyHost()).append("\n  }\n");
  }

  private static void password(StringBuilder text, String key, PasswordSource source) {
    if (source instanceof PasswordSource.Environment from) {
      line(text, key + "-env", from.variable());
    } else if (source instanceof PasswordSource.FirstLine from) {
      line(text, key + "-file", from.file().toString());
    } else {
      throw new IllegalStateException("a password given in code is not written to a file; use an environment variable");
    }
  }

  private static void line(StringBuilder text, String key, String value) {
    text.append(key).append(" = ").append(ConfigUtil.quoteString(value)).append('\n');
  }
}

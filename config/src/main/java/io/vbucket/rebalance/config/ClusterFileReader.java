package io.vbucket.rebalance.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one cluster file and collects its mistakes. */
final class ClusterFileReader {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterFileReader.class);
  private static final Set<String> KEYS =
      Set.of("bucket", "buckets", "user", "password-env", "password-file", "plain-without-tls", "tls", "bootstrap",
          "nodes");
  private static final Set<String> NODE_KEYS = Set.of("name", "host", "port");

  private final Path file;
  private final List<Problem> problems = new ArrayList<>();

  ClusterFileReader(Path file) {
    this.file = file;
  }

  ClusterFile read() {
    if (!Files.isRegularFile(file)) {
      problems.add(new Problem(file.toString(), "", "", "no such file"));
      throw new SettingsException(problems);
    }
    try {
      Config config = ConfigFactory.parseFile(file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
      return cluster(config.resolve().root());
    } catch (ConfigException wrong) {
      throw new SettingsException(List.of(Origins.of(wrong, file.toString())));
    }
  }

  private ClusterFile cluster(ConfigObject root) {
    // The same file may hold settings.
    refuseUnknown("", root, Set.of("cluster", "rebalance"));
    if (!(root.get("cluster") instanceof ConfigObject cluster)) {
      problems.add(new Problem(file.toString(), "cluster", "",
          "missing; expected cluster { bucket, user, password-env, nodes }"));
      throw new SettingsException(problems);
    }
    refusePassword(cluster);
    refuseUnknown("cluster.", cluster, KEYS);
    List<ClusterBucket> buckets = new BucketsReader(this).read(cluster);
    Optional<ClusterSecurity.Tls> tls = new TlsReader(this).read(cluster);
    Credentials credentials = credentials(cluster, tls.isPresent() && tls.get().client().isPresent());
    ClusterSecurity security = new ClusterSecurity(tls, flag("cluster.", cluster, "plain-without-tls", false));
    List<ConfigValue> values = new ArrayList<>();
    Optional<NodeAddress> bootstrap = bootstrap(cluster);
    List<NodeAddress> nodes =
        cluster.containsKey("bootstrap") && !cluster.containsKey("nodes") ? List.of() : nodes(cluster, values);
    refuseIfWrong();
    try {
      return new ClusterFile(buckets, credentials, security, bootstrap, nodes);
    } catch (SettingsException refused) {
      for (Problem problem : refused.problems()) {
        boolean ofNode = problem.path().startsWith("nodes.");
        ConfigValue value =
            ofNode
                ? values.get(Integer.parseInt(problem.path().substring("nodes.".length())))
                : cluster.get(problem.path());
        problems.add(problem.at(Origins.of(value == null ? cluster : value), "cluster." + problem.path()));
      }
      throw new SettingsException(problems);
    }
  }

  private void refusePassword(ConfigObject cluster) {
    ConfigValue inline = cluster.get("password");
    if (inline != null) {
      problems.add(new Problem(
          Origins.of(inline),
          "cluster.password",
          "",
          "no password in this file, which others may read or commit; name an environment variable with password-env,"
              + " or a file with password-file"));
      throw new SettingsException(problems);
    }
  }

  private Credentials credentials(ConfigObject cluster, boolean byCertificate) {
    if (byCertificate && !cluster.containsKey("user")) {
      return Credentials.byCertificate();
    }
    String user = text("cluster.", cluster, "user");
    PasswordSource source = password("cluster.", cluster, "password", true);
    return user == null || source == null ? null : new Credentials(user, source);
  }

  /** Where a password is, by {@code key-env} or {@code key-file}; null when there is none or the mistake is noted. */
  PasswordSource password(String path, ConfigObject object, String key, boolean needed) {
    String byFileKey = key + "-file";
    String byVariableKey = key + "-env";
    boolean byFile = object.containsKey(byFileKey);
    if (byFile == object.containsKey(byVariableKey)) {
      if (byFile || needed) {
        problems.add(new Problem(
            Origins.of(byFile ? object.get(byFileKey) : object),
            path + byVariableKey,
            "",
            byFile
                ? "given together with " + byFileKey + "; keep one of them"
                : "missing; name the environment variable that holds the password, or give " + byFileKey));
      }
      return null;
    }
    String source = text(path, object, byFile ? byFileKey : byVariableKey);
    if (source == null) {
      return null;
    }
    if (!byFile) {
      try {
        return new PasswordSource.Environment(source);
      } catch (SettingsException noName) {
        noName.problems()
            .forEach(problem -> refuse(object.get(byVariableKey), path + byVariableKey, problem.allowed()));
        return null;
      }
    }
    PasswordSource.FirstLine file = new PasswordSource.FirstLine(beside(source));
    file.exposure().ifPresent(LOG::warn);
    return file;
  }

  /** Relative to the cluster file, so that both can be moved together. */
  Path beside(String name) {
    return file.toAbsolutePath().resolveSibling(name);
  }

  private Optional<NodeAddress> bootstrap(ConfigObject cluster) {
    ConfigValue value = cluster.get("bootstrap");
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ConfigObject place)) {
      problems.add(new Problem(
          Origins.of(value), "cluster.bootstrap", Origins.rendered(value), "expected { host, port }"));
      return Optional.empty();
    }
    refuseUnknown("cluster.bootstrap.", place, Set.of("host", "port"));
    ConfigValue named = ConfigValueFactory.fromAnyRef("bootstrap", value.origin().description());
    return Optional.ofNullable(address("cluster.bootstrap", place.withValue("name", named)));
  }

  private List<NodeAddress> nodes(ConfigObject cluster, List<ConfigValue> values) {
    List<NodeAddress> nodes = new ArrayList<>();
    ConfigValue value = cluster.get("nodes");
    if (!(value instanceof ConfigList list)) {
      String shown = value == null ? "" : Origins.rendered(value);
      problems.add(new Problem(
          Origins.of(value == null ? cluster : value),
          "cluster.nodes",
          shown,
          (value == null ? "missing; " : "") + "expected [ { name = n1, host = 127.0.0.1, port = 12000 }, ... ]"));
      return nodes;
    }
    for (int i = 0; i < list.size(); i++) {
      NodeAddress node = node("cluster.nodes." + i, list.get(i));
      if (node != null) {
        nodes.add(node);
        values.add(list.get(i));
      }
    }
    return nodes;
  }

  private NodeAddress node(String path, ConfigValue value) {
    if (!(value instanceof ConfigObject node)) {
      problems.add(new Problem(Origins.of(value), path, Origins.rendered(value), "expected { name, host, port }"));
      return null;
    }
    refuseUnknown(path + ".", node, NODE_KEYS);
    return address(path, node);
  }

  private NodeAddress address(String path, ConfigObject node) {
    int before = problems.size();
    String name = text(path + ".", node, "name");
    String host = text(path + ".", node, "host");
    String port = text(path + ".", node, "port");
    if (problems.size() > before) {
      return null;
    }
    try {
      return new NodeAddress(name, host, port(port));
    } catch (SettingsException refused) {
      for (Problem problem : refused.problems()) {
        ConfigValue wrong = node.get(problem.path());
        problems.add(new Problem(
            Origins.of(wrong), path + "." + problem.path(), Origins.rendered(wrong), problem.allowed()));
      }
      return null;
    }
  }

  /** Whatever is no port number becomes 0, which {@link NodeAddress} refuses with the range. */
  private static int port(String text) {
    try {
      return new BigDecimal(text).intValueExact();
    } catch (ArithmeticException | NumberFormatException wrong) {
      return 0;
    }
  }

  void refuse(ConfigValue where, String path, String what) {
    refuse(where, path, "", what);
  }

  void refuse(ConfigValue where, String path, String value, String allowed) {
    problems.add(new Problem(Origins.of(where), path, value, allowed));
  }

  boolean flag(String path, ConfigObject object, String key, boolean otherwise) {
    ConfigValue value = object.get(key);
    if (value == null) {
      return otherwise;
    }
    String text = String.valueOf(value.unwrapped());
    if (!text.equals("true") && !text.equals("false")) {
      problems.add(new Problem(Origins.of(value), path + key, Origins.rendered(value), "expected true or false"));
      return otherwise;
    }
    return text.equals("true");
  }

  String text(String path, ConfigObject object, String key) {
    ConfigValue value = object.get(key);
    if (value == null) {
      problems.add(new Problem(Origins.of(object), path + key, "", "missing"));
      return null;
    }
    boolean scalar = value.valueType() == ConfigValueType.STRING || value.valueType() == ConfigValueType.NUMBER;
    String text = scalar ? String.valueOf(value.unwrapped()) : "";
    if (text.isBlank()) {
      problems.add(new Problem(Origins.of(value), path + key, Origins.rendered(value), "expected a text or a number"));
      return null;
    }
    return text;
  }

  void refuseUnknown(String path, ConfigObject object, Set<String> known) {
    new TreeMap<>(object).forEach((key, value) -> {
      if (!known.contains(key)) {
        problems.add(UnknownKeys.unknown(path, key, value, known));
      }
    });
  }

  private void refuseIfWrong() {
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
  }
}

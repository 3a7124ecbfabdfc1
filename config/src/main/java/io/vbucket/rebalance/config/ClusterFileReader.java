package io.vbucket.rebalance.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Reads one cluster file and collects its mistakes. */
final class ClusterFileReader {
  private static final Set<String> KEYS = Set.of("bucket", "user", "password-env", "password-file", "nodes");
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
    String bucket = text("cluster.", cluster, "bucket");
    Credentials credentials = credentials(cluster);
    List<ConfigValue> values = new ArrayList<>();
    List<NodeAddress> nodes = nodes(cluster, values);
    refuseIfWrong();
    try {
      return new ClusterFile(bucket, credentials, nodes);
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

  private Credentials credentials(ConfigObject cluster) {
    String user = text("cluster.", cluster, "user");
    boolean byFile = cluster.containsKey("password-file");
    if (byFile == cluster.containsKey("password-env")) {
      problems.add(new Problem(
          Origins.of(byFile ? cluster.get("password-file") : cluster),
          "cluster.password-env",
          "",
          byFile
              ? "given together with password-file; keep one of them"
              : "missing; name the environment variable that holds the password, or give password-file"));
      return null;
    }
    String source = text("cluster.", cluster, byFile ? "password-file" : "password-env");
    if (user == null || source == null) {
      return null;
    }
    // Relative to the cluster file, so that both can be moved together.
    return new Credentials(
        user,
        byFile
            ? new PasswordSource.FirstLine(file.toAbsolutePath().resolveSibling(source))
            : new PasswordSource.Environment(source));
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
    int before = problems.size();
    refuseUnknown(path + ".", node, NODE_KEYS);
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

  private String text(String path, ConfigObject object, String key) {
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

  private void refuseUnknown(String path, ConfigObject object, Set<String> known) {
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

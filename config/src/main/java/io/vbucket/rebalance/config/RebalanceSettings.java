package io.vbucket.rebalance.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All settings of a rebalance. What each means, its unit, default and range stand in {@code reference.conf} of this module.
 *
 * <p>A value that is wrong, or a key that does not exist, is refused here with a {@link SettingsException} that names every problem
 * as {@code file:line: path = value: what is allowed}; nothing has been started by then.
 */
public record RebalanceSettings(
    TakeoverSettings takeover, MoveSettings move, LinkSettings link, NodeSettings node, MapSettings map,
    RetrySettings retry, BucketsSettings buckets) {
  private static final String ROOT = "rebalance";

  /**
   * @throws SettingsException when a part is missing
   */
  public RebalanceSettings {
    new Check()
        .present("takeover", takeover)
        .present("move", move)
        .present("link", link)
        .present("node", node)
        .present("map", map)
        .present("retry", retry)
        .present("buckets", buckets)
        .refuseIfWrong();
  }

  /** The settings of {@code reference.conf}, whatever files and system properties say. */
  public static RebalanceSettings defaults() {
    return read(reference());
  }

  /**
   * The settings of system properties, then {@code application.conf} on the class path, then {@code reference.conf}.
   *
   * @throws SettingsException when a file or a value is wrong
   */
  public static RebalanceSettings load() {
    try {
      return read(ConfigFactory.load(loader()));
    } catch (ConfigException wrong) {
      throw new SettingsException(List.of(Origins.of(wrong, "application.conf")));
    }
  }

  /**
   * The settings of a configuration that an embedder already holds, such as its actor system's; what it leaves out is taken from
   * {@code reference.conf}. Only what stands under {@code rebalance} is looked at.
   *
   * @throws SettingsException when a value is wrong
   */
  public static RebalanceSettings load(Config config) {
    try {
      return read(config.withFallback(reference()).resolve());
    } catch (ConfigException wrong) {
      throw new SettingsException(List.of(Origins.of(wrong, null)));
    }
  }

  /**
   * The settings of system properties, then a HOCON, JSON or properties file, then {@code reference.conf}.
   *
   * @throws SettingsException when the file cannot be read, or it or a value is wrong
   */
  public static RebalanceSettings load(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new SettingsException(List.of(new Problem(file.toString(), "", "", "no such file")));
    }
    try {
      Config given = ConfigFactory.parseFile(file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
      refuseRootless(given.root());
      return load(ConfigFactory.defaultOverrides(loader()).withFallback(given));
    } catch (ConfigException wrong) {
      throw new SettingsException(List.of(Origins.of(wrong, file.toString())));
    }
  }

  /** Sections outside {@code rebalance} would leave every default in force without a word. */
  private static void refuseRootless(ConfigObject given) {
    ConfigObject sections = (ConfigObject) reference().root().get(ROOT);
    List<Problem> misplaced = given.entrySet().stream()
        .filter(entry -> sections.containsKey(entry.getKey()))
        .map(entry -> new Problem(
            Origins.of(entry.getValue()), entry.getKey(), "",
            "settings stand under " + ROOT + ": write " + ROOT + "." + entry.getKey()))
        .toList();
    if (!misplaced.isEmpty()) {
      throw new SettingsException(misplaced);
    }
  }

  /** The same, and so many buckets are rebalanced at the same time. */
  public RebalanceSettings withBucketsInParallel(int number) {
    return new RebalanceSettings(takeover, move, link, node, map, retry, new BucketsSettings(number));
  }

  /** The same for one of so many buckets that share what moves may use; see {@link MoveSettings#sharedBy}. */
  public RebalanceSettings sharedBy(int number) {
    return new RebalanceSettings(takeover, move.sharedBy(number), link, node, map, retry, buckets);
  }

  private static RebalanceSettings read(Config config) {
    ConfigObject defaults = (ConfigObject) reference().root().get(ROOT);
    List<Problem> problems = new ArrayList<>();
    if (!(config.root().get(ROOT) instanceof ConfigObject given)) {
      var value = config.root().get(ROOT);
      throw new SettingsException(
          List.of(new Problem(Origins.of(value), ROOT, Origins.rendered(value), "settings in { }")));
    }
    UnknownKeys.note(ROOT, given, defaults, problems);
    Section section = new Section(ROOT, given, defaults, problems);
    RebalanceSettings settings = new RebalanceSettings(
        TakeoverSettings.read(section.section("takeover")),
        MoveSettings.read(section.section("move")),
        LinkSettings.read(section.section("link")),
        NodeSettings.read(section.section("node")),
        MapSettings.read(section.section("map")),
        RetrySettings.read(section.section("retry")),
        BucketsSettings.read(section.section("buckets")));
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return settings;
  }

  private static Config reference() {
    // Not defaultReference: system properties are mixed into that one.
    return ConfigFactory.defaultReferenceUnresolved(loader()).withOnlyPath(ROOT).resolve();
  }

  private static ClassLoader loader() {
    return RebalanceSettings.class.getClassLoader();
  }
}

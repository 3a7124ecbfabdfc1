package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.config.Problem;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.config.SettingsException;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import io.vbucket.rebalance.testkit.script.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a scenario script. A script is a HOCON file:
 *
 * <pre>
 * scenario = "one sentence that must hold"             required
 * covers   = [T3, I5]                                  races and invariants of the catalogue
 * pending  = "why it is not run yet"
 * stages   = [simulated, embedded, cluster]            where it makes sense; all if not given
 * cluster  { nodes = [a, b], vbuckets = 4, items-per-vbucket = 20, writers = 1, version = "7.6", owners { 2 = a } }
 *          and replicas = 1 (0 to 3), chains { 2 = [a, b] } with none for a hole, keep-replicating = true
 * settings { takeover.max-attempts = 3 }               anything below rebalance in reference.conf
 * ask      { move { vbucket = 2, from = a, to = b } }  or { moves { 0 = b, 1 = b } }, { moves { 0 = [b, a] } }, { rebalance { add = [c], remove = [a] } }
 * matrix   { at = ["...", "..."] }                     $at stands for each in turn; at = steps: every step of the move;
 *                                                      or [ { at = "...", n = 1 }, ... ]: the rows themselves
 * script   = [ ... ]                                   see {@link StepParser}, {@link TriggerParser}, {@link ActionParser}
 * expect   { outcome = moved }                         see {@link ExpectationParser}
 * explore  { retries = 2, cuts = 1 }                     see {@link ExploreParser}
 * </pre>
 */
public final class ScriptParser {
  private static final List<String> KEYS = List.of(
      "scenario", "covers", "pending", "stages", "cluster", "settings", "ask", "matrix", "script", "expect", "explore");
  private static final List<String> STAGES = List.of("simulated", "embedded", "cluster");

  private ScriptParser() {}

  /**
   * The scenarios of one file: one, or as many as its matrix has rows.
   *
   * @throws ScriptException with every mistake in it
   */
  public static List<Scenario> parse(Path file) {
    String name = file.toString();
    try {
      return parse(name, Files.readString(file));
    } catch (NoSuchFileException missing) {
      throw new ScriptException(List.of(new ScriptException.Mistake(new Place(name, 0), "no such file")));
    } catch (IOException unreadable) {
      throw new ScriptException(
          List.of(new ScriptException.Mistake(new Place(name, 0), "cannot be read: " + unreadable.getMessage())));
    }
  }

  /**
   * The scenarios of a text.
   *
   * @param name of the file, for messages
   * @throws ScriptException with every mistake in it
   */
  public static List<Scenario> parse(String name, String text) {
    Mistakes mistakes = new Mistakes(name);
    try {
      Config config = ConfigFactory
          .parseString(text, ConfigParseOptions.defaults().setOriginDescription(name))
          .resolve();
      return scenarios(config.root(), mistakes);
    } catch (ConfigException wrong) {
      String message = String.valueOf(wrong.getMessage()).replaceFirst("(?s)^.*?: \\d+(-\\d+)?: ", "");
      mistakes.add(mistakes.place(wrong.origin()), message);
      mistakes.refuseIfAny();
      throw wrong;
    }
  }

  private static List<Scenario> scenarios(ConfigObject root, Mistakes mistakes) {
    MatrixRows matrix = new MatrixRows(mistakes);
    List<Scenario> scenarios = new ArrayList<>();
    ConfigObject script = root.withoutKey("matrix");
    for (Map<String, ConfigValue> row : matrix.rows(root)) {
      ConfigObject filled = (ConfigObject) matrix.fill(script, row);
      scenario(new Entries("the script", filled, mistakes, KEYS), MatrixRows.shown(row)).ifPresent(scenarios::add);
    }
    mistakes.refuseIfAny();
    return scenarios;
  }

  private static Optional<Scenario> scenario(Entries script, Map<String, String> row) {
    String name = script.needText("scenario");
    Optional<ClusterParser.Parsed> parsed = new ClusterParser(script).parse();
    Config settings = settings(script);
    int maxAttempts = maxAttempts(settings, script);
    if (parsed.isEmpty()) {
      return Optional.empty();
    }
    Context context = new Context(parsed.get().cluster(), parsed.get().ask(), maxAttempts, script.mistakes);
    StepParser lines = new StepParser(context);
    List<Step> steps = new ArrayList<>();
    for (ConfigValue line : script.list("script")) {
      lines.parse(line).ifPresent(steps::add);
    }
    return Optional.of(new Scenario(
        script.mistakes.place(script.has("scenario") ? script.value("scenario") : script.object),
        name,
        row,
        covers(script),
        script.text("pending").orElse(""),
        stages(script),
        parsed.get().cluster(),
        settings,
        parsed.get().ask(),
        List.copyOf(steps),
        new ExpectationParser(context).parse(script),
        ExploreParser.parse(script)));
  }

  private static List<String> covers(Entries script) {
    List<String> covers = script.texts("covers");
    for (String cover : covers) {
      if (!cover.matches("T([1-9]|[12]\\d|3[0-6])|I[1-8]")) {
        script.mistakes.add(script.value("covers"), "covers " + cover + ": expected T1 to T36 and I1 to I8");
      }
    }
    return covers;
  }

  private static Set<String> stages(Entries script) {
    Set<String> stages = new LinkedHashSet<>(script.has("stages") ? script.texts("stages") : STAGES);
    for (String stage : stages) {
      if (!STAGES.contains(stage)) {
        script.mistakes.add(script.value("stages"), "no stage " + stage + "; " + Words.hint(stage, STAGES));
      }
    }
    return stages;
  }

  private static Config settings(Entries script) {
    return script.value("settings") instanceof ConfigObject settings ? settings.toConfig() : ConfigFactory.empty();
  }

  /** Reads the settings as the orchestrator will, so that a mistake in them is told before anything runs. */
  private static int maxAttempts(Config settings, Entries script) {
    try {
      return RebalanceSettings.load(settings.atPath("rebalance")).takeover().maxAttempts();
    } catch (SettingsException refused) {
      for (Problem problem : refused.problems()) {
        String where = String.valueOf(problem.where());
        int colon = where.lastIndexOf(':');
        boolean numbered = colon > 0 && where.substring(colon + 1).matches("\\d+");
        int line = numbered
            ? Integer.parseInt(where.substring(colon + 1))
            : script.mistakes.place(script.value("settings")).line();
        script.mistakes.add(
            new Place(script.mistakes.place(ConfigOriginFactory.newSimple()).file(), line),
            new Problem(null, problem.path(), problem.value(), problem.allowed()).text());
      }
      return 10;
    }
  }
}

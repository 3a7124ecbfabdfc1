package io.vbucket.rebalance.testkit.junit;

import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import io.vbucket.rebalance.testkit.script.run.ScenarioResult;
import io.vbucket.rebalance.testkit.script.run.ScenarioRunner;
import io.vbucket.rebalance.testkit.stage.EmbeddedStage;
import io.vbucket.rebalance.testkit.stage.SimulatedStage;
import io.vbucket.rebalance.testkit.stage.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/** Behind {@link ScenarioScripts}: one invocation per scenario and stage. */
final class ScenarioScriptsExtension implements TestTemplateInvocationContextProvider {
  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return context.getRequiredTestMethod().isAnnotationPresent(ScenarioScripts.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
    ScenarioScripts wanted = context.getRequiredTestMethod().getAnnotation(ScenarioScripts.class);
    List<Scenario> scenarios = scenarios(wanted);
    return Stream.of(wanted.stages()).flatMap(stage -> scenarios.stream()
        .filter(scenario -> scenario.stages().contains(stage))
        .map(scenario -> new Invocation(scenario, stage, () -> open(stage, wanted.seed()))));
  }

  private static List<Scenario> scenarios(ScenarioScripts wanted) {
    Path folder = Path.of(wanted.value());
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".conf"))
          .sorted()
          .flatMap(file -> spread(ScriptParser.parse(file), wanted))
          .toList();
    } catch (IOException missing) {
      throw new UncheckedIOException("no folder of scenario scripts: " + folder.toAbsolutePath(), missing);
    }
  }

  private static Stream<Scenario> spread(List<Scenario> rows, ScenarioScripts wanted) {
    return RowSpread.of(rows.stream().map(Scenario::matrix).toList(), wanted.rows(), wanted.everyChoice()).stream()
        .map(rows::get);
  }

  private static Stage open(String stage, long seed) {
    return switch (stage) {
      case "simulated" -> new SimulatedStage(seed);
      case "embedded" -> new EmbeddedStage();
      default -> throw new IllegalArgumentException("no stage " + stage + ": expected simulated or embedded");
    };
  }

  /** Plays its scenario before the method, so that a pending one is skipped and a failed one fails with its schedule. */
  private static final class Invocation
      implements TestTemplateInvocationContext, BeforeEachCallback, ParameterResolver {
    private final Scenario scenario;
    private final String stage;
    private final Supplier<Stage> stages;
    private ScenarioResult played;

    Invocation(Scenario scenario, String stage, Supplier<Stage> stages) {
      this.scenario = scenario;
      this.stage = stage;
      this.stages = stages;
    }

    @Override
    public String getDisplayName(int index) {
      return Path.of(scenario.place().file()).getFileName() + " on stage " + stage + ": " + scenario.title();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
      played = new ScenarioRunner(stages).run(scenario);
      if (played.failed()) {
        throw new AssertionFailedError(played.explanation());
      } else if (played.verdict() == ScenarioResult.Verdict.PENDING) {
        throw new TestAbortedException("pending: " + scenario.pending());
      }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ScenarioResult.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return played;
    }
  }
}

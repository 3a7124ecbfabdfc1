package io.vbucket.rebalance.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Makes one test of each scenario in a folder of scripts, of each row of a matrix, on each stage. The method gets the played
 * {@link io.vbucket.rebalance.testkit.script.run.ScenarioResult}; it fails before the method is called when the scenario failed, and is skipped
 * when it is pending.
 *
 * <pre>{@code
 * @ScenarioScripts("src/test/scenarios")
 * void scenario(ScenarioResult played) {}
 * }</pre>
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(ScenarioScriptsExtension.class)
public @interface ScenarioScripts {
  /** The folder, relative to where the build runs the tests (with Maven, the module's folder). */
  String value();

  /** Names of the stages: simulated, embedded. */
  String[] stages() default {"simulated"};

  /**
   * So many rows of each matrix at most, where there is no time for all: those that show most, each choice of the matrix as often as any other.
   */
  int rows() default Integer.MAX_VALUE;

  /** Whether more than {@link #rows} are played where it takes more to have every choice of the matrix once. */
  boolean everyChoice() default false;

  /** Of everything that is chosen at random on the simulated stage. */
  long seed() default 1;
}

package io.vbucket.rebalance.testkit.script;

import java.util.List;
import java.util.stream.Collectors;

/** A script has mistakes; every one of them is told, and nothing is run. */
public final class ScriptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Mistake> mistakes;

  /** One mistake: where it stands, what is wrong and what is allowed. */
  public record Mistake(Place place, String text) {
    @Override
    public String toString() {
      return place + ": " + text;
    }
  }

  public ScriptException(List<Mistake> mistakes) {
    super(mistakes.stream().map(Mistake::toString).collect(Collectors.joining(System.lineSeparator())));
    this.mistakes = List.copyOf(mistakes);
  }

  public List<Mistake> mistakes() {
    return mistakes;
  }
}

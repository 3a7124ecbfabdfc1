package io.vbucket.rebalance.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration was refused. The message has one line per problem, and names all problems, not only the first. */
public final class SettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public SettingsException(List<Problem> problems) {
    super(problems.stream().map(Problem::text).collect(Collectors.joining(System.lineSeparator())));
    this.problems = List.copyOf(problems);
  }

  /** The problems in the order in which they were found; never empty. */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}

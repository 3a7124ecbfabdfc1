package io.vbucket.rebalance.testkit.explore;

import io.vbucket.rebalance.testkit.explore.search.Path;
import java.util.List;

/**
 * A path as a picture in text: a column for each machine, one line for each step. An arrow is a message that is taken, with what its receiver does about
 * it; a star is something that a machine does by itself, an exclamation mark a fault.
 */
public final class SequenceDiagram {
  /** Both nodes with the link between them, then those who steer it. */
  private static final List<String> COLUMNS = List.of("source", "link", "destination", "stream", "mover");
  private static final int WIDTH = 13;

  private SequenceDiagram() {}

  /** Several lines. */
  public static String of(Path path) {
    StringBuilder text = new StringBuilder("     ");
    COLUMNS.forEach(name -> text.append(padded(name)));
    int number = 0;
    for (Path.Step step : path.steps()) {
      text.append(System.lineSeparator()).append(String.format("%3d  ", ++number)).append(line(step));
    }
    return text.toString();
  }

  private static String padded(String name) {
    return String.format("%-" + WIDTH + "s", name);
  }

  private static String line(Path.Step step) {
    char[] drawing = ("|" + " ".repeat(WIDTH - 1)).repeat(COLUMNS.size()).toCharArray();
    int to = COLUMNS.indexOf(step.to()) * WIDTH;
    int from = COLUMNS.indexOf(step.from()) * WIDTH;
    if (step.message().isEmpty()) {
      drawing[to] = step.fault() == null ? '*' : '!';
      return new String(drawing) + (step.fault() == null ? "" : "FAULT ") + step.to() + ": " + step.text();
    }
    for (int at = Math.min(from, to) + 1; at < Math.max(from, to); at++) {
      drawing[at] = '-';
    }
    drawing[from < to ? to - 1 : to + 1] = from < to ? '>' : '<';
    return new String(drawing) + step.message() + (step.fault() == null ? " => " : " => FAULT ") + step.text();
  }
}

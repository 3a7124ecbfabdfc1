package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.ScriptException;
import io.vbucket.rebalance.testkit.script.parse.ScriptParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads all scripts of a command line before anything is run: a mistake in one is told with those in the others. */
final class ScriptFiles {
  private ScriptFiles() {}

  /**
   * @param paths scripts, and folders of scripts
   * @throws ScriptException with the mistakes of all files
   */
  static List<Scenario> read(List<Path> paths) {
    List<Scenario> scenarios = new ArrayList<>();
    List<ScriptException.Mistake> mistakes = new ArrayList<>();
    for (Path path : paths) {
      for (Path file : filesOf(path)) {
        try {
          scenarios.addAll(ScriptParser.parse(file));
        } catch (ScriptException wrong) {
          mistakes.addAll(wrong.mistakes());
        }
      }
    }
    if (scenarios.isEmpty() && mistakes.isEmpty()) {
      mistakes.add(
          new ScriptException.Mistake(new Place(paths.get(0).toString(), 0), "no script in it; scripts end in .conf"));
    }
    if (!mistakes.isEmpty()) {
      throw new ScriptException(mistakes);
    }
    return scenarios;
  }

  private static List<Path> filesOf(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> inside = Files.list(path)) {
      return inside.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}

package io.vbucket.rebalance.orchestrator.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Where an operator's lines come from: standard input, a pipe with a name, or a file. Read in a thread of its own, since reading waits. */
final class ControlSource {
  /** The name of standard input on a command line. */
  static final String STANDARD_INPUT = "-";

  private final String name;
  private final Supplier<InputStream> standardInput;

  /**
   * @param name a path, or {@link #STANDARD_INPUT}
   * @throws IllegalArgumentException when there is nothing to read
   */
  ControlSource(String name, Supplier<InputStream> standardInput) {
    this.name = name;
    this.standardInput = standardInput;
    Path path = Path.of(name);
    if (!isStandardInput() && (!Files.exists(path) || Files.isDirectory(path) || !Files.isReadable(path))) {
      throw new IllegalArgumentException("--control " + name + ": "
          + (Files.isDirectory(path) ? "is a directory" : Files.exists(path) ? "may not be read" : "no such file")
          + "; expected - for standard input, or a pipe made with mkfifo");
    }
  }

  private boolean isStandardInput() {
    return name.equals(STANDARD_INPUT);
  }

  /**
   * Begins to read. Whoever writes into a pipe with a name may come and go; what else ends, ends.
   *
   * @param isOver whether nobody listens any more
   * @param ended told once when no more lines come, with the reason
   */
  void read(Consumer<String> lines, Consumer<String> ended, BooleanSupplier isOver) {
    Thread reader = new Thread(() -> ended.accept(readAll(lines, isOver)), "control");
    // It may wait in a read for ever; that must not keep the program.
    reader.setDaemon(true);
    reader.start();
  }

  private String readAll(Consumer<String> lines, BooleanSupplier isOver) {
    try {
      boolean comesBack = !isStandardInput() && !Files.isRegularFile(Path.of(name));
      do {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(open(), StandardCharsets.UTF_8))) {
          String line = reader.readLine();
          while (line != null && !isOver.getAsBoolean()) {
            lines.accept(line);
            line = reader.readLine();
          }
        }
      } while (comesBack && !isOver.getAsBoolean());
      return "end of " + (isStandardInput() ? "standard input" : name);
    } catch (IOException broken) {
      return "cannot read " + (isStandardInput() ? "standard input" : name) + ": " + broken.getMessage();
    }
  }

  private InputStream open() throws IOException {
    return isStandardInput() ? standardInput.get() : Files.newInputStream(Path.of(name));
  }
}

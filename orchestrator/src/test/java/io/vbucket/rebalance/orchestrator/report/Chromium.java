package io.vbucket.rebalance.orchestrator.report;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A browser without a window that is shown one page. */
final class Chromium {
  private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

  /**
   * @param dom the page after its scripts have run
   * @param console what they wrote to the console, errors included
   */
  record Shown(String dom, List<String> console) {
    long count(String regex) {
      return Pattern.compile(regex).matcher(dom).results().count();
    }
  }

  private final Path program;
  private final Path folder;

  private Chromium(Path program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /** The one on the PATH, if there is one. */
  static Optional<Chromium> find(Path folder) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new Chromium(program, folder));
  }

  Shown show(String html, String fragment) throws IOException, InterruptedException {
    Path page = Files.writeString(folder.resolve("page.html"), html);
    Path out = folder.resolve("dom");
    Path err = folder.resolve("console");
    Process browser = new ProcessBuilder(
        program.toString(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        "--user-data-dir=" + Files.createTempDirectory(folder, "profile"), "--window-size=1400,1000",
        "--enable-logging=stderr", "--dump-dom", page.toUri() + fragment)
        .redirectOutput(out.toFile())
        .redirectError(err.toFile())
        .start();
    try {
      if (!browser.waitFor(50, TimeUnit.SECONDS)) {
        throw new IOException("the browser does not end: " + Files.readString(err));
      }
    } finally {
      browser.destroyForcibly().waitFor();
    }
    try (Stream<String> lines = Files.lines(err)) {
      return new Shown(Files.readString(out), lines.filter(line -> line.contains(":CONSOLE")).toList());
    }
  }
}

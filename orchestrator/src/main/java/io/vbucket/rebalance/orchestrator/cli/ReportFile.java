package io.vbucket.rebalance.orchestrator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.vbucket.rebalance.orchestrator.report.ReportJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file that an option names, such as the JSON file of {@code --json}. Whether it can be written is found out before the command does anything; it is written at the end,
 * beside its place and then renamed, so that nobody ever reads half of it. A device or pipe, such as {@code /dev/stdout}, is written directly.
 */
public final class ReportFile {
  /** Writes nothing: for commands that were not told a file. */
  public static final ReportFile NONE = new ReportFile("no file", null);

  private static final ObjectWriter JSON = ReportJson.mapper().writerWithDefaultPrettyPrinter();

  /** The file cannot be written; the message names it and says why. */
  public static final class UnwritableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnwritableException(String kind, Path file, String why, IOException cause) {
      super(kind + " " + file + ": " + why, cause);
    }
  }

  private final String kind;
  private final Path file;

  private ReportFile(String kind, Path file) {
    this.kind = kind;
    this.file = file;
  }

  /**
   * The report that will stand in {@code file}; an existing one is replaced.
   *
   * @throws UnwritableException when it could not be written there, as things are now
   */
  public static ReportFile at(Path file) throws UnwritableException {
    return at("report file", file);
  }

  /**
   * The same for something else than a report.
   *
   * @param kind what messages call it, such as {@code figures file}
   * @throws UnwritableException when it could not be written there, as things are now
   */
  public static ReportFile at(String kind, Path file) throws UnwritableException {
    if (Files.isDirectory(file)) {
      throw new UnwritableException(kind, file, "is a directory; name a file", null);
    }
    if (Files.exists(file) && !Files.isWritable(file)) {
      throw new UnwritableException(kind, file, "exists and may not be written", null);
    }
    try {
      // Through links, or the rename would replace the link.
      ReportFile report = new ReportFile(kind, Files.exists(file) ? file.toRealPath() : file.toAbsolutePath());
      if (!report.isSpecial()) {
        Path probe = report.beside();
        Files.write(probe, new byte[0], StandardOpenOption.CREATE_NEW);
        Files.delete(probe);
      }
      return report;
    } catch (IOException failed) {
      throw new UnwritableException(kind, file, reason(failed), failed);
    }
  }

  /** One of several things that are to be written. */
  public interface Writing {
    void write() throws UnwritableException;
  }

  /** Writes everything, whatever becomes of the rest of it; what could not be written, and why, is what it returns. */
  public static List<String> writeAll(List<Writing> everything) {
    List<String> failures = new ArrayList<>();
    for (Writing one : everything) {
      try {
        one.write();
      } catch (UnwritableException failed) {
        failures.add(failed.getMessage());
      }
    }
    return failures;
  }

  /**
   * Writes {@code figures}, as Jackson writes records and maps.
   *
   * @throws UnwritableException when that fails; what stood there before is still there
   */
  public void write(Object figures) throws UnwritableException {
    if (file == null) {
      return;
    }
    try {
      writeText(JSON.writeValueAsString(figures) + "\n");
    } catch (JsonProcessingException bug) {
      throw new UnwritableException(kind, file, reason(bug), bug);
    }
  }

  /**
   * Writes {@code text} as it is.
   *
   * @throws UnwritableException when that fails; what stood there before is still there
   */
  public void writeText(String content) throws UnwritableException {
    if (file == null) {
      return;
    }
    try {
      byte[] text = content.getBytes(StandardCharsets.UTF_8);
      if (isSpecial()) {
        Files.write(file, text);
        return;
      }
      Path whole = beside();
      try {
        Files.write(whole, text, StandardOpenOption.CREATE_NEW);
        replace(whole);
      } finally {
        Files.deleteIfExists(whole);
      }
    } catch (IOException failed) {
      throw new UnwritableException(kind, file, reason(failed), failed);
    }
  }

  /** Where it will stand; null for {@link #NONE}. */
  Path path() {
    return file;
  }

  private void replace(Path whole) throws IOException {
    try {
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException elsewhere) {
      Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private boolean isSpecial() {
    return Files.exists(file) && !Files.isRegularFile(file);
  }

  private Path beside() {
    return file.resolveSibling("." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
  }

  static String reason(IOException failed) {
    return failed instanceof NoSuchFileException missing
        ? "no such directory: " + Path.of(missing.getFile()).getParent()
        : "cannot be written: " + failed;
  }
}

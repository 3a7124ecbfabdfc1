package io.vbucket.rebalance.orchestrator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.orchestrator.Wiring;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import picocli.CommandLine;

/** The program as a test runs it: in this process, on nodes in memory, with interrupts by hand. */
final class Program {
  private static final class FullWriter extends Writer {
    @Override
    public void write(char[] text, int from, int length) throws IOException {
      throw new IOException("No space left on device");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** How a command ended. */
  record Result(int exitCode, String out, String err) {}

  final Path folder;
  final MemoryCluster cluster;
  final List<Integer> halted = new CopyOnWriteArrayList<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  /** Standard input. */
  InputStream input = InputStream.nullInputStream();
  /** Whether standard output takes nothing any more. */
  boolean outIsFull;
  private Surroundings.WiringFactory wiring;
  private Consumer<String> whenErr = text -> {};

  Program(Path folder, MemoryCluster cluster) throws IOException {
    this.folder = folder;
    this.cluster = cluster;
    this.wiring = (file, settings) -> cluster;
    Files.writeString(folder.resolve("password"), "secret\n");
    Files.writeString(clusterFile(), cluster.file());
  }

  void wiredBy(Wiring other) {
    wiring = (file, settings) -> other;
  }

  /** Each bucket has nodes of its own; {@code lines} say in the cluster file which buckets there are. */
  void severalBuckets(String lines, Map<String, MemoryCluster> byBucket) throws IOException {
    Files.writeString(clusterFile(), cluster.file(lines));
    wiring = (file, settings) -> byBucket.get(file.bucket());
  }

  void failsToWire(RuntimeException failure) {
    wiring = (file, settings) -> {
      throw failure;
    };
  }

  Path clusterFile() {
    return folder.resolve("cluster.conf");
  }

  Path json() {
    return folder.resolve("figures.json");
  }

  /** Settings without pauses between attempts, followed by {@code more}. */
  Path settings(String more) throws IOException {
    Path file = folder.resolve("settings.conf");
    Files.writeString(file,
        "rebalance.takeover.backoff { initial = 1 ms, max = 1 ms }\nrebalance.move.backfill-poll-interval = 1 ms\n"
            + more);
    return file;
  }

  /** Called with all that stands on standard error by now, whenever there is more. */
  void whenErr(Consumer<String> listener) {
    whenErr = listener;
  }

  void interrupt() {
    listeners.forEach(Runnable::run);
  }

  JsonNode figures() throws IOException {
    return new ObjectMapper().readTree(json().toFile());
  }

  /** Runs a command on the cluster file. */
  Result on(String command, Object... more) {
    List<Object> arguments = new ArrayList<>(List.of(command, "--cluster", clusterFile()));
    arguments.addAll(Arrays.asList(more));
    return execute(arguments.toArray());
  }

  Result execute(Object... arguments) {
    Surroundings surroundings = new Surroundings(
        wiring,
        listener -> {
          listeners.add(listener);
          return () -> listeners.remove(listener);
        },
        code -> {
          halted.add(code);
          cluster.release();
        },
        false,
        () -> input);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter() {
      @Override
      public void flush() {
        whenErr.accept(toString());
      }
    };
    CommandLine program = RebalanceCli.commandLine(surroundings)
        .setOut(new PrintWriter(outIsFull ? new FullWriter() : out, true))
        .setErr(new PrintWriter(err, true))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    int exitCode = program.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new Result(exitCode, out.toString(), err.toString());
  }

  int listeners() {
    return listeners.size();
  }
}

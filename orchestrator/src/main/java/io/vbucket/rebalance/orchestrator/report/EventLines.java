package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.function.Consumer;

/**
 * Writes events as JSON lines: one event, one line, and each line is out before the next event is taken. To be subscribed as it is:
 * {@code rebalancer.subscribe(lines)}. What cannot be written must not end a rebalance: after the first failure nothing more is written,
 * and {@link #failure} says why.
 */
public final class EventLines implements Consumer<RebalanceEvent>, Closeable {
  private static final ObjectMapper JSON = ReportJson.mapper();

  private final Writer to;
  private IOException failure;
  private long written;

  public EventLines(Writer to) {
    this.to = to;
  }

  /** The line of one event, without its end. */
  public static String line(RebalanceEvent event) {
    try {
      return JSON.writerFor(RebalanceEvent.class).writeValueAsString(event);
    } catch (JsonProcessingException bug) {
      throw new UncheckedIOException("no JSON for " + event, bug);
    }
  }

  /**
   * The event of one line.
   *
   * @throws IOException when the line is none; the message says what is wrong
   */
  public static RebalanceEvent parse(String line) throws IOException {
    try {
      return JSON.readValue(line, RebalanceEvent.class);
    } catch (JsonProcessingException wrong) {
      throw new IOException("no event: " + ReportJson.mistake(wrong), wrong);
    }
  }

  @Override
  public synchronized void accept(RebalanceEvent event) {
    if (failure != null) {
      return;
    }
    try {
      to.write(line(event));
      to.write('\n');
      to.flush();
      written++;
    } catch (IOException failed) {
      failure = failed;
    }
  }

  /** Lines that were written. */
  public synchronized long written() {
    return written;
  }

  /** Why writing was given up, or null. */
  public synchronized IOException failure() {
    return failure;
  }

  @Override
  public synchronized void close() throws IOException {
    to.close();
  }
}

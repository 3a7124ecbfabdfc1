package io.vbucket.rebalance.testkit.officials;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** What the official clients log as errors while this is open: a configuration that they cannot read, say. */
final class ClientComplaints extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();

  ClientComplaints() {
    setContext(logger.getLoggerContext());
    start();
    logger.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    boolean ours = event.getLoggerName().startsWith("io.vbucket") || event.getLoggerName().startsWith("akka");
    if (!ours && event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      IThrowableProxy cause = event.getThrowableProxy();
      errors.add(event.getLoggerName() + ": " + event.getFormattedMessage()
          + (cause == null ? "" : " (" + cause.getMessage() + ")"));
    }
  }

  List<String> errors() {
    return new ArrayList<>(errors);
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    stop();
  }
}

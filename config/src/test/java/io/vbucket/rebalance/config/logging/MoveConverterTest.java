package io.vbucket.rebalance.config.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.status.Status;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

class MoveConverterTest {
  @Test
  void a_line_about_a_move_says_which() throws Exception {
    Map<String, String> move = new HashMap<>(MoveKeys.of("travel", 17, "n1", "n2"));
    assertThat(line(move)).isEqualTo("INFO  [travel/17 n1->n2] Mover - moved");
    move.put(MoveKeys.ATTEMPT, "2");
    assertThat(line(move)).isEqualTo("INFO  [travel/17 n1->n2 #2] Mover - moved");
  }

  @Test
  void absent_parts_leave_no_trace() throws Exception {
    assertThat(line(Map.of())).isEqualTo("INFO  Mover - moved");
    assertThat(line(Map.of("request", "5"))).isEqualTo("INFO  Mover - moved");
    assertThat(line(Map.of("bucket", "travel"))).isEqualTo("INFO  [travel] Mover - moved");
    assertThat(line(Map.of("source", "n1", "destination", "n2"))).isEqualTo("INFO  [n1->n2] Mover - moved");
    assertThat(line(Map.of("bucket", "travel", "vBucket", "17", "attempt", "3")))
        .isEqualTo("INFO  [travel/17 #3] Mover - moved");
  }

  @Test
  @ResourceLock(Resources.SYSTEM_PROPERTIES)
  void a_configuration_that_the_user_chose_stays() {
    String before = System.getProperty("logback.configurationFile");
    try {
      System.clearProperty("logback.configurationFile");
      ProgramLogging.select();
      assertThat(System.getProperty("logback.configurationFile")).isEqualTo("rebalance-logback.xml");
      System.setProperty("logback.configurationFile", "own.xml");
      ProgramLogging.select();
      assertThat(System.getProperty("logback.configurationFile")).isEqualTo("own.xml");
    } finally {
      if (before == null) {
        System.clearProperty("logback.configurationFile");
      } else {
        System.setProperty("logback.configurationFile", before);
      }
    }
  }

  /** A line as the shipped configuration prints it, without the time. */
  private static String line(Map<String, String> mdc) throws Exception {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(MoveConverterTest.class.getResource("/" + ProgramLogging.CONFIGURATION));
    assertThat(context.getStatusManager().getCopyOfStatusList())
        .allMatch(status -> status.getLevel() == Status.INFO);
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>) root.getAppender("STDERR");
    assertThat(appender.getTarget()).isEqualTo("System.err");
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName("io.vbucket.Mover");
    event.setLevel(ch.qos.logback.classic.Level.INFO);
    event.setMessage("moved");
    event.setLoggerContext(context);
    event.setTimeStamp(0);
    event.setMDCPropertyMap(mdc);
    PatternLayoutEncoder encoder = (PatternLayoutEncoder) appender.getEncoder();
    String line = new String(encoder.encode(event), StandardCharsets.UTF_8);
    return line.substring(line.indexOf(' ') + 1).stripTrailing();
  }
}

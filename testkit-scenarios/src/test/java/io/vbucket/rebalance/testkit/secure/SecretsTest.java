package io.vbucket.rebalance.testkit.secure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.read.ListAppender;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.ClusterSecurity;
import io.vbucket.rebalance.config.Credentials;
import io.vbucket.rebalance.config.NodeAddress;
import io.vbucket.rebalance.config.PasswordSource;
import io.vbucket.rebalance.orchestrator.net.ConnectRequest;
import io.vbucket.rebalance.orchestrator.net.EventLoops;
import io.vbucket.rebalance.orchestrator.net.NodeConnection;
import io.vbucket.rebalance.orchestrator.net.NodeConnector;
import io.vbucket.rebalance.orchestrator.net.SessionSecurity;
import io.vbucket.rebalance.testkit.node.NodeSettings;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import io.vbucket.rebalance.testkit.node.tcp.TcpDataNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Whatever is logged, printed or thrown while a connection is made, the password is not in it. */
class SecretsTest {
  private static final String RIGHT = "correct-horse";
  private static final String WRONG = "battery-staple";
  private static final NodeConnector.Limits PATIENT = new NodeConnector.Limits(
      Duration.ofSeconds(60), Duration.ofSeconds(60), 64 * 1024, 1024 * 1024, 64 * 1024, 32 * 1024);

  private final StringBuilder told = new StringBuilder();

  private void tell(Object... things) {
    for (Object thing : things) {
      told.append(thing).append('\n');
    }
  }

  @ParameterizedTest
  @CsvSource({"SCRAM-SHA512, right", "SCRAM-SHA512, wrong", "PLAIN, right", "PLAIN, wrong"})
  void no_password_is_logged_printed_or_thrown(String mechanism, String which) {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level before = root.getLevel();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    List<Appender<ILoggingEvent>> usual = new ArrayList<>();
    root.iteratorForAppenders().forEachRemaining(usual::add);
    usual.forEach(root::detachAppender);
    root.addAppender(log);
    root.setLevel(Level.TRACE);
    LoggerFactory.getLogger(SecretsTest.class).trace("as much as this is logged");
    NodeSettings settings = NodeSettings.named("n1", NodeVersion.V7_6).withBuckets(Map.of("default", 2))
        .withUser("operator", RIGHT).withMechanisms(List.of(mechanism));
    String password = which.equals("right") ? RIGHT : WRONG;
    try (TcpDataNode node = new TcpDataNode(settings).start(); EventLoops loops = new EventLoops(1)) {
      Credentials given = Credentials.of("operator", password);
      Credentials called = Credentials.of("operator", () -> password);
      ClusterFile cluster = new ClusterFile(
          "default", given, new ClusterSecurity(Optional.empty(), true),
          List.of(new NodeAddress("n1", "127.0.0.1", node.port())));
      SessionSecurity security = SessionSecurity.of(cluster.security());
      NodeConnector connector = new NodeConnector(loops, PATIENT, security);
      for (Credentials credentials : List.of(given, called)) {
        ConnectRequest request =
            ConnectRequest.forCommands(cluster.nodes().get(0), credentials, "test", cluster.bucket());
        tell(cluster, request, connector, security, credentials, new PasswordSource.Given(password));
        connect(connector, request, which.equals("right"));
      }
    } finally {
      root.setLevel(before);
      root.detachAppender(log);
      usual.forEach(root::addAppender);
    }
    List.copyOf(log.list).forEach(event -> tell(event.getFormattedMessage(), event.getThrowableProxy()));
    assertThat(told.toString()).contains("as much as this is logged", "operator");
    String hidden = Base64.getEncoder().encodeToString(("\0operator\0" + password).getBytes(UTF_8));
    assertThat(told.toString()).doesNotContain(RIGHT, WRONG, hidden);
  }

  private void connect(NodeConnector connector, ConnectRequest request, boolean succeeds) {
    try {
      NodeConnection connection = connector.connect(request).toCompletableFuture().join();
      tell(connection, connection.agreed());
      connection.close();
      assertThat(succeeds).isTrue();
    } catch (CompletionException failed) {
      tell(failed, failed.getCause());
      assertThat(succeeds).as("%s", failed).isFalse();
    }
  }
}

package io.vbucket.rebalance.config;

import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Who the orchestrator is on the nodes. Neither {@link #toString} nor any error shows the password.
 *
 * @param user name of the user; empty when the client certificate names it
 * @param source where the password comes from; it is fetched by {@link #password}, not before
 */
public record Credentials(String user, PasswordSource source) {

  public Credentials {
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(source, "source");
  }

  /** Credentials whose password the program holds already. */
  public static Credentials of(String user, String password) {
    return new Credentials(user, new PasswordSource.Given(password));
  }

  /** Credentials whose password is asked for with each new connection. */
  public static Credentials of(String user, Supplier<String> password) {
    return new Credentials(user, new PasswordSource.Callback(password));
  }

  /** The client certificate is enough: nodes that ask for one take the user from it. */
  public static Credentials byCertificate() {
    return new Credentials("", new PasswordSource.Certificate());
  }

  public boolean areByCertificate() {
    return source instanceof PasswordSource.Certificate;
  }

  /** Who it is, for messages. */
  public String who() {
    return areByCertificate() ? "the user of the client certificate" : "user " + user;
  }

  /** The password, with this process's environment. */
  public String password() {
    return password(System.getenv());
  }

  /**
   * The password.
   *
   * @throws SettingsException when the variable is not set, the file cannot be read or is empty, or the callback has none
   */
  public String password(Map<String, String> environment) {
    return source.fetch(environment, "user " + user);
  }
}

package io.vbucket.rebalance.config;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Who the orchestrator is on the nodes. Neither {@link #toString} nor any error shows the password.
 *
 * @param user name of the user
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

  /** The password, with this process's environment. */
  public String password() {
    return password(System.getenv());
  }

  /**
   * The password.
   *
   * @throws SettingsException when the variable is not set, or the file cannot be read or is empty
   */
  public String password(Map<String, String> environment) {
    if (source instanceof PasswordSource.Given given) {
      return given.password();
    }
    if (source instanceof PasswordSource.Environment from) {
      String password = environment.get(from.variable());
      if (password == null || password.isEmpty()) {
        throw missing("environment variable " + from.variable(), "not set; it must hold the password of user " + user);
      }
      return password;
    }
    return firstLine((PasswordSource.FirstLine) source);
  }

  private String firstLine(PasswordSource.FirstLine from) {
    try {
      List<String> lines = Files.readAllLines(from.file());
      if (lines.isEmpty() || lines.get(0).isEmpty()) {
        throw missing("password file " + from.file(), "empty; its first line must be the password of user " + user);
      }
      return lines.get(0);
    } catch (IOException unreadable) {
      throw missing("password file " + from.file(), "cannot be read: " + unreadable);
    }
  }

  private static SettingsException missing(String where, String what) {
    return new SettingsException(List.of(new Problem(where, "", "", what)));
  }
}

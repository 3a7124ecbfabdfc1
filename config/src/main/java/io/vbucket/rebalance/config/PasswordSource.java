package io.vbucket.rebalance.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Where a password comes from. No cluster file holds one: such files are shown, mailed and committed. */
public sealed interface PasswordSource {

  /**
   * Fetches the password.
   *
   * @param environment the variables to look at
   * @param whose whose password it is, for messages
   * @throws SettingsException when it cannot be had; the message says where it was looked for and never what was found
   */
  String fetch(Map<String, String> environment, String whose);

  /** An environment variable. */
  record Environment(String variable) implements PasswordSource {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /**
     * @param variable its name: letters, digits and underscores, no digit first
     * @throws SettingsException when it is no such name; the message does not repeat it, since it may be a password
     */
    public Environment {
      Objects.requireNonNull(variable, "variable");
      if (!NAME.matcher(variable).matches()) {
        throw new SettingsException(List.of(new Problem(null, "", "",
            "not the name of an environment variable, which has letters, digits and underscores only; the password itself"
                + " does not belong here, so what was given is not repeated")));
      }
    }

    @Override
    public String fetch(Map<String, String> environment, String whose) {
      String password = environment.get(variable);
      if (password == null || password.isEmpty()) {
        throw missing("environment variable " + variable, "not set; it must hold the password of " + whose);
      }
      return password;
    }
  }

  /** The first line of a file. Read at each use, so that a changed password is found by the next connection. */
  record FirstLine(Path file) implements PasswordSource {
    public FirstLine {
      Objects.requireNonNull(file, "file");
    }

    @Override
    public String fetch(Map<String, String> environment, String whose) {
      try {
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || lines.get(0).isEmpty()) {
          throw missing("password file " + file, "empty; its first line must be the password of " + whose);
        }
        return lines.get(0);
      } catch (IOException unreadable) {
        throw missing("password file " + file, why(unreadable) + "; its first line must be the password of " + whose);
      }
    }

    private String why(IOException unreadable) {
      if (Files.isDirectory(file)) {
        return "is a directory, not a file";
      }
      if (unreadable instanceof NoSuchFileException) {
        return "no such file";
      }
      if (unreadable instanceof AccessDeniedException) {
        return "the user of this program may not read it";
      }
      return unreadable instanceof CharacterCodingException
          ? "is not text in UTF-8"
          : "cannot be read: " + unreadable.getMessage();
    }

    /** A warning for the operator when every user of this machine can read the file; empty where that cannot be told. */
    public Optional<String> exposure() {
      try {
        return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)
            ? Optional.of("password file " + file + " can be read by every user of this machine; chmod o-r it")
            : Optional.empty();
      } catch (IOException | UnsupportedOperationException unknown) {
        return Optional.empty();
      }
    }
  }

  /** A password that the embedding program holds already. Never printed. */
  record Given(String password) implements PasswordSource {
    public Given {
      Objects.requireNonNull(password, "password");
    }

    @Override
    public String fetch(Map<String, String> environment, String whose) {
      return password;
    }

    @Override
    public String toString() {
      return "Given[password=***]";
    }
  }

  /**
   * A password that the embedding program fetches when it is needed, from a vault for example. Called for each new connection, on a thread
   * that serves connections: it should answer from memory.
   */
  record Callback(Supplier<String> password) implements PasswordSource {
    public Callback {
      Objects.requireNonNull(password, "password");
    }

    @Override
    public String fetch(Map<String, String> environment, String whose) {
      String fetched;
      try {
        fetched = password.get();
      } catch (RuntimeException failed) {
        // Its message is not repeated: nobody knows what the callback writes into it.
        throw missing("password callback", "failed with " + failed.getClass().getName() + " for " + whose);
      }
      if (fetched == null || fetched.isEmpty()) {
        throw missing("password callback", "gave no password of " + whose);
      }
      return fetched;
    }

    @Override
    public String toString() {
      return "Callback[password=***]";
    }
  }

  /** None: the client certificate says who the orchestrator is. */
  record Certificate() implements PasswordSource {
    @Override
    public String fetch(Map<String, String> environment, String whose) {
      return "";
    }
  }

  private static SettingsException missing(String where, String what) {
    return new SettingsException(List.of(new Problem(where, "", "", what)));
  }
}

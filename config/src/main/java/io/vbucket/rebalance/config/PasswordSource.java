package io.vbucket.rebalance.config;

import java.nio.file.Path;
import java.util.Objects;

/** Where a password comes from. No cluster file holds one: such files are shown, mailed and committed. */
public sealed interface PasswordSource {

  /** An environment variable. */
  record Environment(String variable) implements PasswordSource {
    public Environment {
      Objects.requireNonNull(variable, "variable");
    }
  }

  /** The first line of a file. */
  record FirstLine(Path file) implements PasswordSource {
    public FirstLine {
      Objects.requireNonNull(file, "file");
    }
  }

  /** A password that the embedding program holds already. Never printed. */
  record Given(String password) implements PasswordSource {
    public Given {
      Objects.requireNonNull(password, "password");
    }

    @Override
    public String toString() {
      return "Given[password=***]";
    }
  }
}

package io.vbucket.rebalance.config;

/**
 * One mistake in a configuration.
 *
 * @param where file and line as {@code file:line}, or null when the value was given in code
 * @param path full path of the setting, such as {@code rebalance.takeover.max-attempts}; empty when the whole file is meant
 * @param value the value found, as written; empty when the path says it all
 * @param allowed what is allowed instead
 */
public record Problem(String where, String path, String value, String allowed) {

  /** {@code file:line: path = value: allowed}, without the parts that are not known. */
  public String text() {
    StringBuilder text = new StringBuilder();
    if (where != null && !where.isEmpty()) {
      text.append(where).append(": ");
    }
    if (!path.isEmpty()) {
      text.append(path);
      if (!value.isEmpty()) {
        text.append(" = ").append(value);
      }
      text.append(": ");
    }
    return text.append(allowed).toString();
  }

  Problem at(String nowWhere, String nowPath) {
    return new Problem(nowWhere, nowPath, value, allowed);
  }
}

package io.vbucket.rebalance.testkit.script;

/**
 * Where in a script something stands.
 *
 * @param line counted from 1, 0 when unknown
 */
public record Place(String file, int line) {
  @Override
  public String toString() {
    return line > 0 ? file + ":" + line : file;
  }
}

package io.vbucket.rebalance.testkit.cli;

import io.vbucket.rebalance.testkit.node.NodeVersion;
import picocli.CommandLine;

/** Reads {@code 5.0}, {@code 6.0}, {@code 6.6} and {@code 7.6}. */
final class NodeVersionConverter implements CommandLine.ITypeConverter<NodeVersion> {
  @Override
  public NodeVersion convert(String text) {
    for (NodeVersion version : NodeVersion.values()) {
      if (version.text().equals(text) || version.text().startsWith(text + ".")) {
        return version;
      }
    }
    throw new CommandLine.TypeConversionException("version " + text + ": expected 5.0, 6.0, 6.6 or 7.6");
  }
}

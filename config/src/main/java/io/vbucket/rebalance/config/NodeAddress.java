package io.vbucket.rebalance.config;

import java.util.regex.Pattern;

/**
 * Where a data node listens.
 *
 * @param name how maps, logs and options call it: letters, digits, dots, dashes, underscores
 * @param host name or address; an IPv6 address without brackets
 * @param port of the key-value protocol, 1 to 65535
 */
public record NodeAddress(String name, String host, int port) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");
  private static final Pattern HOST = Pattern.compile("[^\\s\\[\\]/]+");

  /** What an address is not, and what people write who think of {@code host:port}. */
  private static final Pattern WITH_PORT = Pattern.compile("[^:]*:\\d+|\\[.*]:\\d+");

  /**
   * @throws SettingsException when a component is out of its range
   */
  public NodeAddress {
    new Check()
        .that("name", quoted(name), name != null && NAME.matcher(name).matches(), "letters, digits, '.', '-' and '_'")
        .that("host", quoted(host), host != null && (HOST.matcher(host).matches() || WITH_PORT.matcher(host).matches()),
            "a host name or an address without brackets")
        .that("host", quoted(host), host == null || !WITH_PORT.matcher(host).matches(),
            "without the port, which belongs in port")
        .range("port", port, 1, 65_535)
        .refuseIfWrong();
  }

  /** {@code host:port}, with brackets around an IPv6 address. */
  public String hostAndPort() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  private static String quoted(String text) {
    return text == null ? "null" : "\"" + text + "\"";
  }
}

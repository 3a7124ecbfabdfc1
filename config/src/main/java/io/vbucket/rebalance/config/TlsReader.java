package io.vbucket.rebalance.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.config.ClusterSecurity.ClientCertificate;
import io.vbucket.rebalance.config.ClusterSecurity.Tls;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Reads {@code tls { }} of a cluster file. */
final class TlsReader {
  private static final String PATH = "cluster.tls.";
  private static final Set<String> KEYS = Set.of(
      "ca-file", "client-certificate", "client-key", "client-key-password-env", "client-key-password-file",
      "verify-host");

  private final ClusterFileReader reader;

  TlsReader(ClusterFileReader reader) {
    this.reader = reader;
  }

  /** Empty when the file asks for no TLS; mistakes are noted with the reader. */
  Optional<Tls> read(ConfigObject cluster) {
    ConfigValue value = cluster.get("tls");
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ConfigObject tls)) {
      reader.refuse(value, "cluster.tls", "expected { ca-file = \"ca.pem\" }, or {} to trust what the JVM trusts");
      return Optional.empty();
    }
    reader.refuseUnknown(PATH, tls, KEYS);
    return Optional.of(new Tls(file(tls, "ca-file"), client(tls), reader.flag(PATH, tls, "verify-host", true)));
  }

  private Optional<ClientCertificate> client(ConfigObject tls) {
    Optional<Path> chain = file(tls, "client-certificate");
    Optional<Path> key = file(tls, "client-key");
    PasswordSource password = reader.password(PATH, tls, "client-key-password", false);
    if (chain.isPresent() != key.isPresent()) {
      String missing = chain.isPresent() ? "client-key" : "client-certificate";
      reader.refuse(tls, PATH + missing, "missing; a client certificate and its key belong together");
      return Optional.empty();
    }
    if (password != null && key.isEmpty()) {
      reader.refuse(tls, PATH + "client-key", "missing; there is a password for it");
    }
    return chain.map(file -> new ClientCertificate(file, key.get(), Optional.ofNullable(password)));
  }

  private Optional<Path> file(ConfigObject tls, String key) {
    if (!tls.containsKey(key)) {
      return Optional.empty();
    }
    String name = reader.text(PATH, tls, key);
    return name == null ? Optional.empty() : Optional.of(reader.beside(name));
  }
}

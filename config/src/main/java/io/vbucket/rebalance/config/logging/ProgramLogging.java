package io.vbucket.rebalance.config.logging;

/**
 * Logging of the command-line programs. The configuration has a name of its own, {@value #CONFIGURATION}, so that a service that
 * embeds the library is never given ours in place of its logback.xml.
 */
public final class ProgramLogging {
  /** The programs' logback configuration, on the class path. */
  public static final String CONFIGURATION = "rebalance-logback.xml";

  /** Environment variable or system property with the level. */
  public static final String LEVEL = "REBALANCE_LOG_LEVEL";

  private static final String PROPERTY = "logback.configurationFile";

  private ProgramLogging() {}

  /**
   * Makes {@value #CONFIGURATION} logback's configuration, unless the user chose one: by {@code -Dlogback.configurationFile}, or by
   * a logback.xml or logback-test.xml on the class path. To be called before the first logger is made.
   *
   * @param usualLevel level of what is logged unless the user says otherwise by {@value #LEVEL}, e.g. {@code WARN}
   */
  public static void select(String usualLevel) {
    if (System.getenv(LEVEL) == null && System.getProperty(LEVEL) == null) {
      System.setProperty(LEVEL, usualLevel);
    }
    select();
  }

  /** The same, with level {@code INFO}. */
  public static void select() {
    ClassLoader loader = ProgramLogging.class.getClassLoader();
    boolean chosen = System.getProperty(PROPERTY) != null
        || loader.getResource("logback.xml") != null
        || loader.getResource("logback-test.xml") != null;
    if (!chosen) {
      System.setProperty(PROPERTY, CONFIGURATION);
    }
  }
}

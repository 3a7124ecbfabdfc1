package io.vbucket.rebalance.orchestrator.cli;

import ch.qos.logback.classic.Level;
import io.vbucket.rebalance.config.ClusterBucket;
import io.vbucket.rebalance.config.ClusterFile;
import io.vbucket.rebalance.config.RebalanceSettings;
import io.vbucket.rebalance.orchestrator.net.Discovery;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that every command has: which cluster, with which settings, and where the figures go. */
final class ClusterOptions {
  @Option(
      names = "--cluster",
      paramLabel = "FILE",
      description = "Cluster file: bucket or buckets, user, where the password is, and name, host and port of each node.")
  private Path clusterFile;

  @Option(
      names = "--bucket",
      paramLabel = "NAME",
      description = "Only this bucket of a cluster file that names several. Default: all of them.")
  private String bucket;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "File with rebalance { ... }. Default: the cluster file, which may hold settings, too.")
  private Path settingsFile;

  @Option(names = "--json", paramLabel = "FILE",
      description = "Write the figures as JSON to FILE, all at once at the end.")
  private Path json;

  @Option(names = "--verbose", description = "Log at level DEBUG, with stack traces, to standard error.")
  private void logEverything(boolean verbose) {
    if (verbose && LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof ch.qos.logback.classic.Logger root) {
      root.setLevel(Level.DEBUG);
    }
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether any option about a cluster was given. */
  boolean isOnCluster() {
    return clusterFile != null || settingsFile != null || bucket != null;
  }

  /** The exception that says so, with exit code 2. */
  ParameterException wrong(String what) {
    return new ParameterException(command.commandLine(), what);
  }

  /**
   * @throws ParameterException when none was given
   */
  Path clusterFile() {
    if (clusterFile == null) {
      throw wrong("Missing required option: '--cluster=FILE'");
    }
    return clusterFile;
  }

  /**
   * The cluster with all its nodes; a file that names one to begin with has the others found from it.
   *
   * @throws io.vbucket.rebalance.config.SettingsException when the file is wrong or its password cannot be had
   * @throws io.vbucket.rebalance.orchestrator.RebalanceRefusedException when nodes are to be found and cannot be
   */
  ClusterFile cluster() {
    ClusterFile cluster = chosen(ClusterFile.load(clusterFile()));
    // A password that is missing is told once, here, and not by every connection.
    cluster.credentials().password();
    return cluster.bootstrap().isPresent() ? Discovery.complete(cluster, settings().node()) : cluster;
  }

  private ClusterFile chosen(ClusterFile cluster) {
    List<String> names = cluster.buckets().stream().map(ClusterBucket::name).toList();
    if (bucket != null && !names.contains(bucket)) {
      throw wrong("--bucket " + bucket + ": no such bucket in " + clusterFile() + ", which has "
          + String.join(", ", names));
    }
    return bucket == null ? cluster : cluster.forBucket(bucket);
  }

  /**
   * @param option what means one bucket, when it was given
   * @throws ParameterException when it was given and the cluster has several buckets
   */
  void refuseWithSeveral(ClusterFile cluster, String option, boolean given) {
    if (given && cluster.buckets().size() > 1) {
      throw wrong(option + " is for one bucket, and " + clusterFile() + " names "
          + String.join(", ", cluster.buckets().stream().map(ClusterBucket::name).toList())
          + "; choose one with --bucket");
    }
  }

  /**
   * @throws io.vbucket.rebalance.config.SettingsException when a file or a value is wrong
   */
  RebalanceSettings settings() {
    return RebalanceSettings.load(settingsFile != null ? settingsFile : clusterFile());
  }

  /**
   * @throws ReportFile.UnwritableException when the figures could not be written there
   */
  ReportFile report() throws ReportFile.UnwritableException {
    return json == null ? ReportFile.NONE : ReportFile.at("figures file", json);
  }
}

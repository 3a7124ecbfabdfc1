package io.vbucket.rebalance.orchestrator.net;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node of some version understands. One method per difference, decided from the answer to VERSION; a node that does not tell its
 * version is taken for a new one.
 *
 * @param major of the version, such as 7 of 7.6.11
 * @param minor of the version, such as 6 of 7.6.11
 */
public record NodeTraits(int major, int minor) implements Comparable<NodeTraits> {
  /** Of a node that does not tell its version. */
  public static final NodeTraits NEWEST = new NodeTraits(Integer.MAX_VALUE, 0);

  private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})([^0-9].*)?");

  /** By a version such as {@code 6.0.5} or {@code 7.2.0-5325-enterprise}. */
  public static NodeTraits of(String version) {
    Matcher matcher = VERSION.matcher(version.trim());
    return matcher.matches()
        ? new NodeTraits(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : NEWEST;
  }

  /** SET_VBUCKET has one byte of extras; before 6.5 it had four. */
  public boolean stateIsOneByte() {
    return isAtLeast(6, 5);
  }

  /** SET_VBUCKET may carry the chains whose members must acknowledge sync writes. */
  public boolean takesTopology() {
    return isAtLeast(6, 5);
  }

  /** How SET_CLUSTER_CONFIG says which bucket and which revision it is about. A node takes no other form than its own. */
  public enum ConfigForm {
    /** Neither: it is for the selected bucket, and the node reads the revision from the configuration. */
    IN_CONFIGURATION,
    /** The bucket's name and a revision of 4 bytes. */
    REVISION,
    /** The bucket's name, epoch and revision of 8 bytes each. */
    EPOCH_AND_REVISION
  }

  public ConfigForm configForm() {
    if (!isAtLeast(6, 5)) {
      return ConfigForm.IN_CONFIGURATION;
    }
    return isAtLeast(7, 0) ? ConfigForm.EPOCH_AND_REVISION : ConfigForm.REVISION;
  }

  /** A consumer's DCP_OPEN may carry JSON with its name. */
  public boolean takesConsumerName() {
    return isAtLeast(6, 5);
  }

  /** The DCP_OPEN flags beyond producer or consumer that the node knows. */
  public int dcpFlags() {
    int flags = Dcp.Open.PRODUCER | Dcp.Open.XATTR;
    if (isAtLeast(5, 5)) {
      flags |= Dcp.Open.DELETE_TIMES;
    }
    return isAtLeast(7, 0) ? flags | Dcp.Open.DELETED_USER_XATTRS : flags;
  }

  /** A request in the form that the node understands. */
  public Frame adapted(Frame request) {
    return switch (request.opcode()) {
      case Opcode.SET_VBUCKET -> adaptedState(request);
      case Opcode.SET_CLUSTER_CONFIG -> adaptedConfig(request);
      default -> request;
    };
  }

  private Frame adaptedState(Frame request) {
    if (stateIsOneByte() && takesTopology()) {
      return request;
    }
    Admin.SetVBucket set = Admin.SetVBucket.of(request);
    return new Admin.SetVBucket(set.vbucket(), set.opaque(), set.state(), "").toFrameBefore65();
  }

  private Frame adaptedConfig(Frame request) {
    return switch (configForm()) {
      case IN_CONFIGURATION -> Admin.SetClusterConfig.of(request).toFrameBefore65();
      case REVISION -> Admin.SetClusterConfig.of(request).toFrameBefore70();
      case EPOCH_AND_REVISION -> request;
    };
  }

  private boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return compareTo(new NodeTraits(wantedMajor, wantedMinor)) >= 0;
  }

  @Override
  public int compareTo(NodeTraits other) {
    return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
  }
}

package io.vbucket.rebalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;

/** How a connection is set up: authentication, features, bucket. */
public final class Session {
  /** Longest agent name that a node keeps, in bytes. */
  public static final int MAX_AGENT_LENGTH = 250;

  private Session() {}

  /** Feature codes of HELLO. */
  public static final class Feature {
    public static final int TCP_NODELAY = 0x03;
    /** Answers to changes carry vbuuid(8) and seqno(8) in their extras. */
    public static final int MUTATION_SEQNO = 0x04;
    public static final int XATTR = 0x06;
    public static final int XERROR = 0x07;
    public static final int SELECT_BUCKET = 0x08;
    public static final int SNAPPY = 0x0a;
    public static final int JSON = 0x0b;
    public static final int DUPLEX = 0x0c;
    public static final int CLUSTER_MAP_CHANGE = 0x0d;
    public static final int ALT_REQUEST = 0x10;
    public static final int SYNC_REPLICATION = 0x11;
    public static final int COLLECTIONS = 0x12;
    /** GET_CLUSTER_CONFIG tells which configuration the client has, and is answered without one when there is no newer. */
    public static final int CONFIG_WITH_KNOWN_VERSION = 0x1d;
    /** A configuration is told to a connection once, be it by NOT_MY_VBUCKET or otherwise. */
    public static final int DEDUPE_NOT_MY_VBUCKET_MAPS = 0x1e;
    /** As {@link #CLUSTER_MAP_CHANGE}, but without the configuration: the client fetches it. */
    public static final int CLUSTER_MAP_CHANGE_BRIEF = 0x1f;

    private Feature() {}
  }

  public static Frame saslListMechs(int opaque) {
    return Frame.request(Opcode.SASL_LIST_MECHS, 0, opaque);
  }

  /** A step of an authentication; {@code opcode} is SASL_AUTH for the first and SASL_STEP for the others. */
  public static Frame sasl(int opcode, int opaque, String mechanism, byte[] message) {
    return Frame.request(opcode, 0, opaque, Frame.NOTHING, mechanism.getBytes(UTF_8), message);
  }

  /** The message of mechanism PLAIN. */
  public static byte[] plain(String user, String password) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.writeBytes(user.getBytes(UTF_8));
    out.write(0);
    out.writeBytes(password.getBytes(UTF_8));
    return out.toByteArray();
  }

  /** Who a message of mechanism PLAIN says it is from. {@link #toString} never shows the password. */
  public record PlainCredentials(String user, String password) {
    /** Reads {@code authorization-id \0 user \0 password}, the value of a SASL_AUTH; the authorization id is ignored. */
    public static PlainCredentials of(Frame frame) {
      frame.expectRequest(Opcode.SASL_AUTH);
      String[] parts = frame.valueText().split("\0", -1);
      if (parts.length != 3) {
        throw frame.malformed("PLAIN message of " + parts.length + " parts, expected \\0user\\0password");
      }
      return new PlainCredentials(parts[1], parts[2]);
    }

    @Override
    public String toString() {
      return "PlainCredentials[user=" + user + "]";
    }
  }

  /** Names the client and asks for features. */
  public record Hello(int opaque, String agent, Set<Integer> features) {
    public Hello {
      features = Set.copyOf(features);
    }

    public Frame toFrame() {
      byte[] name = agent.getBytes(UTF_8);
      int kept = Math.min(name.length, MAX_AGENT_LENGTH);
      // Never in the middle of a character: nodes log it, and show it in their statistics as text.
      while (kept < name.length && (name[kept] & 0xc0) == 0x80) {
        kept--;
      }
      return Frame.request(
          Opcode.HELLO, 0, opaque, Frame.NOTHING, java.util.Arrays.copyOf(name, kept), encodeFeatures(features));
    }

    public static Hello of(Frame frame) {
      frame.expectRequest(Opcode.HELLO);
      return new Hello(frame.opaque(), frame.keyText(), decodeFeatures(frame));
    }
  }

  public static byte[] encodeFeatures(Set<Integer> features) {
    ByteBuffer value = ByteBuffer.allocate(2 * features.size());
    new TreeSet<>(features).forEach(feature -> value.putShort(feature.shortValue()));
    return value.array();
  }

  /** The features that HELLO or its answer names. */
  public static Set<Integer> decodeFeatures(Frame frame) {
    if (frame.value().length % 2 != 0) {
      throw frame.malformed("features of " + frame.value().length + " bytes, expected an even number");
    }
    Set<Integer> features = new TreeSet<>();
    ByteBuffer value = ByteBuffer.wrap(frame.value());
    while (value.hasRemaining()) {
      features.add(value.getShort() & 0xffff);
    }
    return features;
  }

  public static Frame selectBucket(int opaque, String bucket) {
    return Frame.request(Opcode.SELECT_BUCKET, 0, opaque, Frame.NOTHING, bucket.getBytes(UTF_8), Frame.NOTHING);
  }
}

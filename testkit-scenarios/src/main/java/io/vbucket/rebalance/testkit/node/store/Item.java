package io.vbucket.rebalance.testkit.node.store;

/**
 * One version of a document, or its tombstone. Immutable but for the mark that a newer version exists.
 */
public final class Item {
  private final byte[] key;
  private final byte[] value;
  private final int hash;
  private final long seqno;
  private final long revision;
  private final long cas;
  private final int flags;
  private final int expiry;
  private final byte datatype;
  private final boolean deleted;
  boolean superseded;

  /**
   * @param key given away, never changed
   * @param value given away, never changed; empty for a tombstone
   * @param expiry seconds since 1970, 0 for never; the delete time of a tombstone
   */
  public Item(byte[] key, byte[] value, long seqno, long revision, long cas, int flags, int expiry, int datatype,
      boolean deleted) {
    this.key = key;
    this.value = value;
    this.hash = hash(key);
    this.seqno = seqno;
    this.revision = revision;
    this.cas = cas;
    this.flags = flags;
    this.expiry = expiry;
    this.datatype = (byte) datatype;
    this.deleted = deleted;
  }

  /** The same with another CAS. */
  public Item withCas(long newCas) {
    return new Item(key, value, seqno, revision, newCas, flags, expiry, datatype, deleted);
  }

  static int hash(byte[] key) {
    int h = 0;
    for (byte b : key) {
      h = 31 * h + b;
    }
    // Keys that differ in their last digits only would fill neighbouring slots.
    h *= 0x9e3779b9;
    return h ^ (h >>> 15);
  }

  public byte[] key() {
    return key;
  }

  public byte[] value() {
    return value;
  }

  int hash() {
    return hash;
  }

  public long seqno() {
    return seqno;
  }

  public long revision() {
    return revision;
  }

  public long cas() {
    return cas;
  }

  public int flags() {
    return flags;
  }

  public int expiry() {
    return expiry;
  }

  public int datatype() {
    return datatype & 0xff;
  }

  public boolean deleted() {
    return deleted;
  }
}

package io.vbucket.rebalance.testkit.node.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The items of one vBucket. Every operation takes constant time on average; the log is rebuilt without superseded versions whenever these
 * are more than half of it.
 */
public final class ItemStore {
  private static final int SMALLEST = 16;
  /** What is kept with each version besides its key and value. */
  private static final int METADATA_BYTES = 56;

  private Item[] table = new Item[SMALLEST];
  private int keys;
  private int documents;
  private long bytes;
  private Item[] log = new Item[SMALLEST];
  private int logSize;
  private int superseded;
  private int generation;
  private long highSeqno;
  private final List<Cursor> cursors = new ArrayList<>(2);

  /** The newest version of {@code key}, which may be a tombstone, or null. */
  public Item find(byte[] key) {
    int mask = table.length - 1;
    int hash = Item.hash(key);
    for (int slot = hash & mask; table[slot] != null; slot = (slot + 1) & mask) {
      if (table[slot].hash() == hash && Arrays.equals(table[slot].key(), key)) {
        return table[slot];
      }
    }
    return null;
  }

  /**
   * Adds a version.
   *
   * @throws IllegalArgumentException when its seqno is not above all others
   */
  public void put(Item item) {
    if (item.seqno() <= highSeqno) {
      throw new IllegalArgumentException("seqno " + item.seqno() + " is not above " + highSeqno);
    }
    int mask = table.length - 1;
    int slot = item.hash() & mask;
    while (table[slot] != null
        && !(table[slot].hash() == item.hash() && Arrays.equals(table[slot].key(), item.key()))) {
      slot = (slot + 1) & mask;
    }
    Item older = table[slot];
    table[slot] = item;
    if (older == null) {
      keys++;
    } else {
      older.superseded = true;
      superseded++;
      documents -= older.deleted() ? 0 : 1;
      bytes -= size(older);
    }
    bytes += size(item);
    documents += item.deleted() ? 0 : 1;
    highSeqno = item.seqno();
    append(item);
    if (keys * 2 > table.length) {
      grow();
    }
  }

  /**
   * Puts another version in the place of the newest one of its key, under the same seqno: for what changes in memory only, as the CAS of a
   * locked document does.
   *
   * @throws IllegalArgumentException when the newest version has another seqno
   */
  public void amend(Item item) {
    Item older = find(item.key());
    if (older == null || older.seqno() != item.seqno()) {
      throw new IllegalArgumentException("seqno " + item.seqno() + " is not the newest of its key");
    }
    int mask = table.length - 1;
    int slot = item.hash() & mask;
    while (table[slot] != older) {
      slot = (slot + 1) & mask;
    }
    table[slot] = item;
    bytes += size(item) - size(older);
    log[firstAfter(item.seqno() - 1)] = item;
  }

  private static int size(Item item) {
    return item.key().length + item.value().length + METADATA_BYTES;
  }

  private void append(Item item) {
    if (logSize == log.length) {
      if (superseded > logSize / 2) {
        dropSuperseded();
      } else {
        log = Arrays.copyOf(log, logSize * 2);
      }
    }
    log[logSize++] = item;
  }

  private void grow() {
    Item[] old = table;
    table = new Item[old.length * 2];
    int mask = table.length - 1;
    for (Item item : old) {
      if (item != null) {
        int slot = item.hash() & mask;
        while (table[slot] != null) {
          slot = (slot + 1) & mask;
        }
        table[slot] = item;
      }
    }
  }

  private void dropSuperseded() {
    int kept = 0;
    int stillSuperseded = 0;
    for (int i = 0; i < logSize; i++) {
      Item item = log[i];
      if (!item.superseded || isPinned(item.seqno())) {
        log[kept++] = item;
        stillSuperseded += item.superseded ? 1 : 0;
      }
    }
    Arrays.fill(log, kept, logSize, null);
    logSize = kept;
    superseded = stillSuperseded;
    generation++;
    if (logSize > log.length / 2) {
      log = Arrays.copyOf(log, log.length * 2);
    }
  }

  private boolean isPinned(long seqno) {
    for (Cursor cursor : cursors) {
      if (cursor.snapshotEnd == seqno) {
        return true;
      }
    }
    return false;
  }

  public long highSeqno() {
    return highSeqno;
  }

  /** Documents that are not deleted. */
  public int documents() {
    return documents;
  }

  /** Bytes of the newest versions, tombstones included: about what it takes to send them all. */
  public long bytes() {
    return bytes;
  }

  /** Forgets everything; cursors begin anew. */
  public void clear() {
    table = new Item[SMALLEST];
    log = new Item[SMALLEST];
    keys = 0;
    documents = 0;
    bytes = 0;
    logSize = 0;
    superseded = 0;
    highSeqno = 0;
    generation++;
  }

  /** Order-free digest of all documents: keys, values, flags and CAS. Equal stores have equal digests. */
  public long digest() {
    long sum = 0;
    for (Item item : table) {
      if (item != null && !item.deleted()) {
        long h = item.hash() * 0x9e3779b97f4a7c15L ^ Arrays.hashCode(item.value()) ^ (long) item.flags() << 32;
        h = (h ^ item.cas()) * 0xbf58476d1ce4e5b9L;
        sum += h ^ (h >>> 31);
      }
    }
    return sum;
  }

  private int firstAfter(long seqno) {
    int low = 0;
    int high = logSize;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (log[middle].seqno() <= seqno) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A reader that has read up to {@code seqno}. Close it, or its last snapshot's end is kept for ever. */
  public Cursor openCursor(long seqno) {
    Cursor cursor = new Cursor(seqno);
    cursors.add(cursor);
    return cursor;
  }

  /** Reads versions in the order of their seqnos, snapshot by snapshot. */
  public final class Cursor {
    private long lastSeqno;
    private int index;
    private int seenGeneration = -1;
    private long snapshotEnd = -1;

    private Cursor(long seqno) {
      this.lastSeqno = seqno;
    }

    public long lastSeqno() {
      return lastSeqno;
    }

    public boolean hasMore() {
      return lastSeqno < highSeqno;
    }

    /** Begins a snapshot up to {@code end}: that version will be read even when it is superseded, or nobody would see the end. */
    public void beginSnapshot(long end) {
      snapshotEnd = end;
    }

    /** The seqno that {@link #next()} will return, or the snapshot's end when it is over. */
    public long peekSeqno() {
      locate();
      return index < logSize ? log[index].seqno() : snapshotEnd;
    }

    /** The next version of the snapshot, or null when it is over. */
    public Item next() {
      if (lastSeqno >= snapshotEnd) {
        return null;
      }
      locate();
      if (index >= logSize || log[index].seqno() > snapshotEnd) {
        lastSeqno = snapshotEnd;
        return null;
      }
      Item item = log[index++];
      lastSeqno = item.seqno();
      return item;
    }

    private void locate() {
      if (seenGeneration != generation) {
        index = firstAfter(lastSeqno);
        seenGeneration = generation;
      }
      while (index < logSize && log[index].superseded && log[index].seqno() != snapshotEnd) {
        index++;
      }
    }

    /** Versions that are still to be read, counting superseded ones. */
    public int remaining() {
      locate();
      return logSize - index;
    }

    public void close() {
      cursors.remove(this);
    }
  }
}

package io.vbucket.rebalance.orchestrator.link;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The requests of one side that were passed on and are not answered yet, by opcode and opaque: an answer passes once for each. The few that
 * nodes negotiate between themselves, never stream frames. Bounded: of too many the oldest are forgotten, and so are their answers.
 */
final class AskedRequests {
  static final int CAPACITY = 4096;

  private final Map<Long, Integer> open = new LinkedHashMap<>() {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
      return size() > CAPACITY;
    }
  };

  void asked(int opcode, int opaque) {
    open.merge(key(opcode, opaque), 1, Integer::sum);
  }

  /** Takes one such request out; false when there is none. */
  boolean answered(int opcode, int opaque) {
    Long key = key(opcode, opaque);
    Integer count = open.get(key);
    if (count == null) {
      return false;
    }
    if (count == 1) {
      open.remove(key);
    } else {
      open.put(key, count - 1);
    }
    return true;
  }

  private static long key(int opcode, int opaque) {
    return (long) opcode << 32 | opaque & 0xffff_ffffL;
  }
}

package io.vbucket.rebalance.testkit.cluster;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.protocol.VBucketState;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.client.CopyReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Whether the nodes have what the map says: each vBucket active and replicated on the nodes of its chain and nowhere else, and every replica
 * with exactly the items of its active. Reads every copy; nobody must write meanwhile.
 */
public final class CopyCheck implements AutoCloseable {
  private static final int PAUSE_MILLIS = 20;

  private final BucketConfig config;
  private final Map<String, AdminClient> admins = new LinkedHashMap<>();
  private final Map<String, CopyReader> readers = new LinkedHashMap<>();

  /**
   * What was found.
   *
   * @param copies copies that were read, actives included
   * @param items items in them, deletions included
   * @param differences what is not as it should be, in words
   */
  public record Result(int copies, long items, List<String> differences) {
    public Result {
      differences = List.copyOf(differences);
    }
  }

  /**
   * @param servers {@code host:port} of all nodes, also of those that left
   * @throws IOException when one cannot be reached
   */
  public CopyCheck(BucketConfig config, List<String> servers, String bucket, String user, String password)
      throws IOException {
    this.config = config;
    try {
      for (String server : servers) {
        admins.put(server, new AdminClient(server, bucket, user, password));
        readers.put(server, new CopyReader(server, bucket, user, password));
      }
    } catch (IOException failed) {
      close();
      throw failed;
    }
  }

  /** Waits until every replica has come as far as its active; false when that is not so after {@code limitMillis}. */
  public boolean awaitReplicas(long limitMillis) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
    while (!replicasAreThere()) {
      if (System.nanoTime() > end) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
    return true;
  }

  private Map<String, Map<Integer, Long>> seqnos() throws IOException {
    Map<String, Map<Integer, Long>> seqnos = new LinkedHashMap<>();
    for (Map.Entry<String, CopyReader> reader : readers.entrySet()) {
      seqnos.put(reader.getKey(), reader.getValue().seqnos());
    }
    return seqnos;
  }

  /** Whether every replica has come as far as its active at this moment. */
  public boolean replicasAreThere() throws IOException {
    Map<String, Map<Integer, Long>> seqnos = seqnos();
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      Long active = config.owner(vbucket) == null ? null : seqnos.get(config.owner(vbucket)).get(vbucket);
      for (String server : config.chain(vbucket)) {
        if (server != null && (active == null || !active.equals(seqnos.get(server).get(vbucket)))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Reads and compares everything. */
  public Result compare() throws IOException {
    List<String> differences = new ArrayList<>();
    Map<String, Map<Integer, Long>> seqnos = seqnos();
    int copies = 0;
    long items = 0;
    for (int vbucket = 0; vbucket < config.numVBuckets(); vbucket++) {
      List<String> chain = config.chain(vbucket);
      compareStates(vbucket, chain, differences);
      Map<String, CopyReader.Version> active = null;
      for (String server : chain) {
        Long high = server == null ? null : seqnos.get(server).get(vbucket);
        if (high == null) {
          if (server != null || chain.indexOf(null) == 0) {
            differences.add("vb:" + vbucket + " has no copy on " + server);
          }
          continue;
        }
        Map<String, CopyReader.Version> copy = readers.get(server).read(vbucket, high);
        copies++;
        items += copy.size();
        if (active == null) {
          active = copy;
        } else if (!active.equals(copy)) {
          differences.add("vb:" + vbucket + ": the replica on " + server + " differs from the active on "
              + chain.get(0) + " in " + differing(active, copy));
        }
      }
    }
    return new Result(copies, items, differences);
  }

  private void compareStates(int vbucket, List<String> chain, List<String> differences) throws IOException {
    for (Map.Entry<String, AdminClient> admin : admins.entrySet()) {
      int position = chain.indexOf(admin.getKey());
      Optional<VBucketState> expected = position < 0
          ? Optional.empty()
          : Optional.of(position == 0 ? VBucketState.ACTIVE : VBucketState.REPLICA);
      Optional<VBucketState> state = admin.getValue().state(vbucket);
      if (!state.equals(expected)) {
        differences.add("vb:" + vbucket + " is " + state.map(VBucketState::wireName).orElse("absent") + " on "
            + admin.getKey() + ", the map says " + expected.map(VBucketState::wireName).orElse("absent"));
      }
    }
  }

  private static String differing(Map<String, CopyReader.Version> active, Map<String, CopyReader.Version> replica) {
    List<String> keys = new ArrayList<>();
    active.forEach((key, version) -> {
      if (!version.equals(replica.get(key))) {
        keys.add(key);
      }
    });
    replica.keySet().stream().filter(key -> !active.containsKey(key)).forEach(keys::add);
    return keys.size() + " items, the first is " + keys.get(0);
  }

  @Override
  public void close() throws IOException {
    admins.values().forEach(AdminClient::close);
    for (CopyReader reader : readers.values()) {
      reader.close();
    }
  }
}

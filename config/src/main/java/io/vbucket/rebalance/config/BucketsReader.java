package io.vbucket.rebalance.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads which buckets a cluster file means: {@code bucket = a}, or {@code buckets = [a, { name = b, priority = 10 }]}. */
final class BucketsReader {
  private static final String ONE = "bucket";
  private static final String SEVERAL = "buckets";
  private static final Set<String> KEYS = Set.of("name", "priority");

  private final ClusterFileReader reader;

  BucketsReader(ClusterFileReader reader) {
    this.reader = reader;
  }

  /** In the order of the file; what is wrong is noted. */
  List<ClusterBucket> read(ConfigObject cluster) {
    ConfigValue several = cluster.get(SEVERAL);
    if (several == null) {
      String name = reader.text("cluster.", cluster, ONE);
      return name == null ? List.of() : bucket("cluster.bucket", cluster.get(ONE), cluster.get(ONE), name, null);
    }
    if (cluster.containsKey(ONE)) {
      reader.refuse(several, "cluster.buckets", "given together with bucket; keep one of them");
      return List.of();
    }
    if (!(several instanceof ConfigList list) || list.isEmpty()) {
      reader.refuse(several, "cluster.buckets", Origins.rendered(several),
          "expected [ a, { name = b, priority = 10 }, ... ] with at least one bucket");
      return List.of();
    }
    List<ClusterBucket> buckets = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      String path = "cluster.buckets." + i;
      for (ClusterBucket bucket : bucket(path, list.get(i))) {
        if (!names.add(bucket.name())) {
          reader.refuse(list.get(i), path, bucket.name(), "a second bucket of this name; names must differ");
        }
        buckets.add(bucket);
      }
    }
    return buckets;
  }

  private List<ClusterBucket> bucket(String path, ConfigValue entry) {
    if (entry instanceof ConfigObject object) {
      reader.refuseUnknown(path + ".", object, KEYS);
      String name = reader.text(path + ".", object, "name");
      return name == null ? List.of() : bucket(path + ".name", object.get("name"), entry, name, object.get("priority"));
    }
    boolean scalar = entry.valueType() == ConfigValueType.STRING || entry.valueType() == ConfigValueType.NUMBER;
    if (!scalar) {
      reader.refuse(entry, path, Origins.rendered(entry), "expected a bucket's name or { name, priority }");
      return List.of();
    }
    return bucket(path, entry, entry, String.valueOf(entry.unwrapped()), null);
  }

  private List<ClusterBucket> bucket(
      String namePath, ConfigValue nameAt, ConfigValue entry, String name, ConfigValue priority) {
    int number = 0;
    if (priority != null) {
      if (!(priority.unwrapped() instanceof Integer given)) {
        reader.refuse(priority, prefix(namePath) + "priority", Origins.rendered(priority),
            "a whole number, 0 to 1000");
        return List.of();
      }
      number = given;
    }
    try {
      return List.of(new ClusterBucket(name, number));
    } catch (SettingsException refused) {
      for (Problem problem : refused.problems()) {
        boolean ofName = problem.path().equals("name");
        reader.refuse(ofName ? nameAt : priority == null ? entry : priority,
            ofName ? namePath : prefix(namePath) + problem.path(), problem.value(), problem.allowed());
      }
      return List.of();
    }
  }

  private static String prefix(String namePath) {
    return namePath.substring(0, namePath.lastIndexOf('.') + 1);
  }
}

package io.vbucket.rebalance.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds keys that no setting has: a misspelt key would otherwise leave its default in force without a word. */
final class UnknownKeys {
  private UnknownKeys() {}

  static void note(String path, ConfigObject given, ConfigObject reference, List<Problem> problems) {
    for (var entry : new TreeMap<>(given).entrySet()) {
      String key = entry.getKey();
      ConfigValue known = reference.get(key);
      if (known == null) {
        problems.add(unknown(path + ".", key, entry.getValue(), reference.keySet()));
      } else if (known instanceof ConfigObject inner && entry.getValue() instanceof ConfigObject object) {
        note(path + "." + key, object, inner, problems);
      }
    }
  }

  static Problem unknown(String path, String key, ConfigValue value, Collection<String> known) {
    String nearest = new TreeSet<>(known)
        .stream().min(Comparator.comparingInt(candidate -> distance(key, candidate))).orElse("");
    boolean near = distance(key, nearest) <= Math.max(2, nearest.length() / 2);
    String hint = near ? "did you mean " + nearest + "?" : "allowed are " + String.join(", ", new TreeSet<>(known));
    return new Problem(Origins.of(value), path + key, "", "no such setting; " + hint);
  }

  /** Edit distance: insertions, deletions and replacements. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}

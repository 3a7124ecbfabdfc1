package io.vbucket.rebalance.testkit.script.parse;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds what somebody meant to write. */
final class Words {
  private Words() {}

  /** {@code did you mean X?}, or the list of what is allowed when nothing is near. */
  static String hint(String written, Iterable<String> allowed) {
    List<String> all = new ArrayList<>();
    allowed.forEach(all::add);
    String nearest = all.stream().min(Comparator.comparingInt(word -> distance(written, word))).orElse("");
    int distance = distance(written, nearest);
    // Of names of one letter, each is near to each.
    boolean near = distance < nearest.length() && distance <= Math.max(1, nearest.length() / 3);
    return near ? "did you mean " + nearest + "?" : "allowed are " + String.join(", ", all);
  }

  /** Edit distance: insertions, deletions and replacements, whatever the case. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(java.util.Locale.ROOT);
    String b = right.toLowerCase(java.util.Locale.ROOT);
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

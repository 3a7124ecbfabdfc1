package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.ScriptException;
import java.util.ArrayList;
import java.util.List;

/** Collects the mistakes of one file. */
final class Mistakes {
  private final String file;
  private final List<ScriptException.Mistake> found = new ArrayList<>();

  Mistakes(String file) {
    this.file = file;
  }

  Place place(ConfigValue value) {
    return place(value == null ? null : value.origin());
  }

  Place place(ConfigOrigin origin) {
    return new Place(file, origin == null ? 0 : Math.max(0, origin.lineNumber()));
  }

  void add(ConfigValue at, String text) {
    add(place(at), text);
  }

  void add(Place place, String text) {
    ScriptException.Mistake mistake = new ScriptException.Mistake(place, text);
    // Each row of a matrix meets the same mistakes.
    if (!found.contains(mistake)) {
      found.add(mistake);
    }
  }

  void refuseIfAny() {
    if (!found.isEmpty()) {
      found.sort(java.util.Comparator.comparingInt(mistake -> mistake.place().line()));
      throw new ScriptException(found);
    }
  }

  boolean none() {
    return found.isEmpty();
  }
}

package io.vbucket.rebalance.testkit.chaos;

import io.vbucket.rebalance.testkit.script.Step;
import java.time.Duration;
import java.util.List;

/**
 * Something that goes wrong during a run.
 *
 * @param text in words
 * @param steps what a script would do
 * @param lasts until it is over, from when it begins; zero when it is over at once
 * @param losesData whether a copy of documents may be gone afterwards of which there was no other
 */
public record Fault(String text, List<Step> steps, Duration lasts, boolean losesData) {
  public Fault {
    steps = List.copyOf(steps);
  }

  @Override
  public String toString() {
    return text;
  }
}

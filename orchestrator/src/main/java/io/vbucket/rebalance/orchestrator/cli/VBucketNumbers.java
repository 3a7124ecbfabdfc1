package io.vbucket.rebalance.orchestrator.cli;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** vBuckets as an operator writes them: one number such as {@code 17}, or a range with both its ends such as {@code 0-15}. */
final class VBucketNumbers {
  private static final int HIGHEST = 65_535;
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

  private VBucketNumbers() {}

  /**
   * @param option that has the text, for the message
   * @return the numbers in ascending order, at least one, each 0 to 65535
   * @throws IllegalArgumentException when it is neither a number nor a range, or one out of these bounds
   */
  static List<Integer> parse(String option, String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw new IllegalArgumentException(
          option + " '" + text + "': expected the number of a vBucket such as 17, or a range such as 0-15");
    }
    int first = Integer.parseInt(form.group(1));
    int last = form.group(2) == null ? first : Integer.parseInt(form.group(2));
    if (last < first) {
      throw new IllegalArgumentException(
          option + " '" + text + "': the range ends before it begins; write " + last + "-" + first);
    }
    if (last > HIGHEST) {
      throw new IllegalArgumentException(option + " '" + text + "': vBuckets have numbers from 0 to " + HIGHEST);
    }
    return IntStream.rangeClosed(first, last).boxed().toList();
  }
}

package io.vbucket.rebalance.testkit.node.subdoc;

import io.vbucket.rebalance.protocol.Status;
import java.util.ArrayList;
import java.util.List;

/**
 * Where something is in a JSON document: {@code name.other[2][-1]}. A name with dots, brackets or backticks stands between backticks, a
 * backtick in it is doubled. The empty path is the document itself.
 *
 * @param steps from the root down
 */
public record JsonPath(List<Step> steps) {
  private static final int MOST_STEPS = 32;
  private static final int LONGEST = 1024;
  /** Index of the last element, written -1. */
  public static final int LAST = -1;

  /**
   * A member of an object or an element of an array.
   *
   * @param name null for an element
   * @param index from 0, or {@link #LAST}; no meaning for a member
   */
  public record Step(String name, int index) {
    public boolean isName() {
      return name != null;
    }
  }

  public JsonPath {
    steps = List.copyOf(steps);
  }

  /** @throws SubdocException with SUBDOC_PATH_EINVAL for what is no path, SUBDOC_PATH_E2BIG for one that is too long or deep */
  public static JsonPath parse(String text) {
    if (text.length() > LONGEST) {
      throw new SubdocException(Status.SUBDOC_PATH_E2BIG);
    }
    List<Step> steps = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) == '[') {
        int end = text.indexOf(']', at);
        String number = end < 0 ? "" : text.substring(at + 1, end);
        if (!number.matches("-1|[0-9]{1,9}")) {
          throw wrong();
        }
        steps.add(new Step(null, Integer.parseInt(number)));
        at = end + 1;
      } else {
        StringBuilder name = new StringBuilder();
        at = text.charAt(at) == '`' ? quoted(text, at, name) : plain(text, at, name);
        steps.add(new Step(name.toString(), 0));
      }
      at = separator(text, at);
      if (steps.size() > MOST_STEPS) {
        throw new SubdocException(Status.SUBDOC_PATH_E2BIG);
      }
    }
    return new JsonPath(steps);
  }

  private static int plain(String text, int start, StringBuilder name) {
    int at = start;
    while (at < text.length() && text.charAt(at) != '.' && text.charAt(at) != '[') {
      if (text.charAt(at) == ']' || text.charAt(at) == '`') {
        throw wrong();
      }
      name.append(text.charAt(at++));
    }
    if (at == start) {
      throw wrong();
    }
    return at;
  }

  private static int quoted(String text, int start, StringBuilder name) {
    int at = start + 1;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '`') {
        name.append(c);
      } else if (at < text.length() && text.charAt(at) == '`') {
        name.append('`');
        at++;
      } else if (name.length() > 0) {
        return at;
      } else {
        break;
      }
    }
    throw wrong();
  }

  /** Where the next step begins; a dot must be followed by a name, and only a bracket may come without a dot. */
  private static int separator(String text, int at) {
    if (at == text.length() || text.charAt(at) == '[') {
      return at;
    }
    if (text.charAt(at) != '.' || at + 1 == text.length() || text.charAt(at + 1) == '[') {
      throw wrong();
    }
    return at + 1;
  }

  private static SubdocException wrong() {
    return new SubdocException(Status.SUBDOC_PATH_EINVAL);
  }

  boolean isRoot() {
    return steps.isEmpty();
  }

  Step last() {
    return steps.get(steps.size() - 1);
  }
}

package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of golden/answers-*.txt that go with a version. A test takes the line of the situation that it provokes, once; what nobody took
 * is known at the end.
 */
final class AnswerBook {
  /** Cases of which {@link AnswersOfRealNodesTest} provokes every line. */
  private static final Pattern ELSEWHERE = Pattern.compile("(c|c-producer|[dgl]\\d|j1) .*");
  private static final Pattern STATES = Pattern.compile("A=(\\w+) B=(\\w+)");
  /** Lines that no embedded node is asked about, and why. */
  private static final Map<String, String> DEVIATIONS =
      Map.of("m5 takeover time", "how long it took on somebody's machine is no behaviour; the benches measure ours");

  private final List<String> left = new ArrayList<>();

  AnswerBook(NodeVersion version) {
    String path = "/golden/answers-" + (version == NodeVersion.V6_0 ? "6.0" : "7.6") + ".txt";
    try (InputStream in = AnswerBook.class.getResourceAsStream(path)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        boolean asked = line.startsWith("#") || ELSEWHERE.matcher(line).matches()
            || DEVIATIONS.keySet().stream().anyMatch(line::startsWith);
        if (!asked) {
          left.add(line);
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(path, unreadable);
    }
  }

  /** What nobody provoked so far. */
  List<String> left() {
    return List.copyOf(left);
  }

  /** Takes the line that begins so; what real nodes answered, which follows the first colon and blank behind {@code beginning}. */
  String answer(String beginning) {
    String line = left.stream().filter(each -> each.startsWith(beginning)).findFirst()
        .orElseThrow(() -> new AssertionError("no line \"" + beginning + "...\" is left of " + left));
    left.remove(line);
    return line.substring(line.indexOf(": ", beginning.length() - 1) + 2);
  }

  boolean has(String beginning) {
    return left.stream().anyMatch(each -> each.startsWith(beginning));
  }

  /** The frames that are seen are those of the line, each direction in its own order, and the states are those that it names. */
  void expect(String beginning, RelayedPair pair) {
    pair.settle();
    String answer = answer(beginning);
    List<String> seen = pair.take();
    List<String> tokens = Arrays.stream(answer.split(" ; |: (?=[\\[XCP])|frames ")).map(String::trim).toList();
    for (String part : List.of("X>.*", "P>C:.*", "C>P:ADD_STREAM.*", "C>P:(?!ADD_STREAM).*", "\\[.*")) {
      assertThat(seen.stream().filter(text -> text.matches(part)).toList()).as("%s: %s of %s", beginning, part, seen)
          .isEqualTo(tokens.stream().filter(text -> text.matches(part))
              .map(text -> text.startsWith("[") ? text.substring(0, text.indexOf(']') + 1) : text).toList());
    }
    Matcher states = STATES.matcher(answer);
    if (states.find()) {
      assertThat(pair.states()).as(beginning).isEqualTo(states.group());
    }
  }
}

package io.vbucket.rebalance.config;

import java.util.regex.Pattern;

/** What the HOCON parser says of a file, without its guesses at what somebody may have meant, and in words for what it says oddly. */
final class SyntaxMessage {
  private static final Pattern ADVICE = Pattern.compile(" \\(if you (?:intended|want) .*$", Pattern.DOTALL);

  private SyntaxMessage() {}

  /** @param said the parser's message, without the place */
  static String of(String said) {
    String plain = ADVICE.matcher(said).replaceFirst("");
    if (plain.contains("close parentheses") || isOpenAtTheEnd(plain)) {
      return "a { or [ is not closed: the file ends before";
    } else if (plain.contains("unescaped newline in quoted string")) {
      return "a quoted string is not closed: its line ends before";
    } else if (plain.contains("triple-quoted string was still open")) {
      return "a string in \"\"\" is not closed: the file ends before";
    } else if (plain.contains("Substitution ${ was not closed")) {
      return "${ is not closed with a }";
    }
    return plain;
  }

  private static boolean isOpenAtTheEnd(String plain) {
    return plain.endsWith("end of file")
        && (plain.startsWith("Expecting close brace") || plain.startsWith("List should have"));
  }
}

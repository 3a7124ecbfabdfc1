package io.vbucket.rebalance.orchestrator.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the JSON library says of a text, without what only its programmers can use. */
public final class JsonMistake {
  private static final Pattern START =
      Pattern.compile("close marker for (Object|Array) \\(start marker at .*line: (\\d+), column: (\\d+)\\]\\)",
          Pattern.DOTALL);
  private static final Pattern SOURCE = Pattern.compile(" *\\(?[^(]*\\[Source: [^]]*\\]\\)?", Pattern.DOTALL);
  private static final Pattern PACKAGE = Pattern.compile("`?\\b(?:[a-z]\\w*\\.)+(?:[A-Z]\\w*\\$)*([A-Z]\\w*)`?");

  private JsonMistake() {}

  /** The mistake, without its place. */
  public static String what(JsonProcessingException wrong) {
    String said = String.valueOf(wrong.getOriginalMessage());
    if (wrong instanceof JsonEOFException) {
      Matcher start = START.matcher(said);
      return start.find()
          ? "the " + (start.group(1).equals("Object") ? "{" : "[") + " in line " + start.group(2) + ", column "
              + start.group(3) + " is not closed"
          : "the text ends before it is complete: a {, [ or \" is not closed";
    }
    return PACKAGE.matcher(SOURCE.matcher(said).replaceAll("")).replaceAll("$1");
  }

  /** {@code line 3, column 14}, or nothing where the place is not known. */
  public static String place(JsonProcessingException wrong) {
    return wrong.getLocation() == null || wrong.getLocation().getLineNr() < 0
        ? ""
        : "line " + wrong.getLocation().getLineNr() + ", column " + wrong.getLocation().getColumnNr();
  }
}

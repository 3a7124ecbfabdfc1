package io.vbucket.rebalance.config.logging;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Map;

/**
 * The logback conversion word {@code %move}: {@code [travel/17 n1->n2 #2] } from the keys of {@link MoveKeys}, without the parts
 * that are absent, and nothing at all for a line that is not about a move. Ends with a space unless empty.
 */
public final class MoveConverter extends ClassicConverter {

  @Override
  public String convert(ILoggingEvent event) {
    Map<String, String> mdc = event.getMDCPropertyMap();
    if (mdc == null || mdc.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    append(text, pair(mdc.get(MoveKeys.BUCKET), "/", mdc.get(MoveKeys.VBUCKET)));
    append(text, pair(mdc.get(MoveKeys.SOURCE), "->", mdc.get(MoveKeys.DESTINATION)));
    append(text, pair(null, "#", mdc.get(MoveKeys.ATTEMPT)));
    return text.isEmpty() ? "" : "[" + text + "] ";
  }

  private static String pair(String left, String between, String right) {
    return (left == null ? "" : left) + (right == null ? "" : between + right);
  }

  private static void append(StringBuilder text, String part) {
    if (!part.isEmpty()) {
      text.append(text.isEmpty() ? "" : " ").append(part);
    }
  }
}

package io.vbucket.rebalance.orchestrator.map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Comparator;
import java.util.OptionalLong;

/**
 * Which of two configurations is the newer one: that with the greater epoch, of equal epochs that with the greater revision.
 *
 * @param epoch {@code revEpoch}; 0 where the configuration has none, as before version 7.0
 * @param revision {@code rev}
 */
public record ConfigRevision(long epoch, long revision) implements Comparable<ConfigRevision> {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Comparator<ConfigRevision> ORDER =
      Comparator.comparingLong(ConfigRevision::epoch).thenComparingLong(ConfigRevision::revision);

  /**
   * Reads it from a configuration without reading the map in it, of which nodes tell a new one after each commit.
   *
   * @throws IllegalArgumentException when the text is no JSON object with a {@code rev}; the message says what is wrong
   */
  public static ConfigRevision of(String json) {
    OptionalLong epoch = OptionalLong.empty();
    OptionalLong revision = OptionalLong.empty();
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("configuration is no JSON object");
      }
      while ((epoch.isEmpty() || revision.isEmpty()) && parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_NUMBER_INT && field.equals("rev")) {
          revision = OptionalLong.of(parser.getLongValue());
        } else if (value == JsonToken.VALUE_NUMBER_INT && field.equals("revEpoch")) {
          epoch = OptionalLong.of(parser.getLongValue());
        } else {
          parser.skipChildren();
        }
      }
      return new ConfigRevision(epoch.orElse(0), revision.orElseThrow(
          () -> new IllegalArgumentException("configuration has no rev")));
    } catch (IOException wrong) {
      throw new IllegalArgumentException("configuration is no JSON: " + wrong.getMessage(), wrong);
    }
  }

  public boolean isNewerThan(ConfigRevision other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(ConfigRevision other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "revision " + revision + " (epoch " + epoch + ")";
  }
}

package io.vbucket.rebalance.orchestrator.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import io.vbucket.rebalance.orchestrator.json.JsonMistake;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * How this project writes and reads JSON: fields have the names of the records' components, times are ISO 8601 in UTC, durations are
 * decimal seconds in fields that are called so, and the kind of an event or outcome is a field of its own.
 */
public final class ReportJson {
  private static final ObjectMapper MAPPER = made();

  private ReportJson() {}

  /** A mapper of the caller's own, to be kept. */
  public static ObjectMapper mapper() {
    return MAPPER.copy();
  }

  /** {@code move-started} for {@code MoveStarted}. */
  static String word(Class<?> kind) {
    return kind.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  /** What is wrong with a text, without its place. */
  static String mistake(JsonProcessingException wrong) {
    if (wrong instanceof InvalidTypeIdException kind) {
      String field = kind.getBaseType().hasRawClass(MoveOutcome.class) ? "result" : "event";
      return kind.getTypeId() == null
          ? "the field " + field + ", which says of what kind it is, is missing"
          : "unknown " + field + " '" + kind.getTypeId() + "'; a newer version may have written it";
    }
    return JsonMistake.what(wrong);
  }

  private static ObjectMapper made() {
    SimpleModule times = new SimpleModule("times")
        .addSerializer(Instant.class, new InstantWriter())
        .addDeserializer(Instant.class, new InstantReader())
        .addSerializer(Duration.class, new SecondsWriter())
        .addDeserializer(Duration.class, new SecondsReader())
        .addSerializer(Optional.class, new NameWriter())
        .addDeserializer(Optional.class, new NameReader());
    ObjectMapper mapper = JsonMapper.builder()
        .addModule(times)
        .addMixIn(RebalanceEvent.class, EventKind.class)
        .addMixIn(RebalanceEvent.WillNotConverge.class, WillNotConvergeNames.class)
        .addMixIn(RebalanceEvent.StopBegun.class, StopNames.class)
        .addMixIn(RebalanceEvent.RetryPlanned.class, RetryNames.class)
        .addMixIn(MoveOutcome.class, OutcomeKind.class)
        .addMixIn(RebalanceSummary.class, SummaryNames.class)
        // A reader must get along with what a newer writer adds.
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        // Only what is declared becomes a field, never a method that happens to be called isSomething.
        .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
        .build();
    for (Class<?> family : new Class<?>[] {RebalanceEvent.class, MoveOutcome.class}) {
      for (Class<?> kind : family.getPermittedSubclasses()) {
        mapper.registerSubtypes(new NamedType(kind, word(kind)));
      }
    }
    return mapper;
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
  @JsonPropertyOrder({"at", "bucket", "vbucket"})
  private interface EventKind {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "result")
  private interface OutcomeKind {}

  /** The names that the figures of a run have, too. */
  private record SummaryNames(
      @JsonProperty("retriedMoves") int retried,
      @JsonProperty("seconds") Duration duration) {}

  private record RetryNames(@JsonProperty("pauseSeconds") Duration pause) {}

  private record StopNames(@JsonProperty("graceSeconds") Duration grace) {}

  private record WillNotConvergeNames(@JsonProperty("windowSeconds") Duration window) {}

  private static final class InstantWriter extends StdSerializer<Instant> {
    private static final long serialVersionUID = 1L;

    InstantWriter() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant time, JsonGenerator to, SerializerProvider provider) throws IOException {
      to.writeString(time.toString());
    }
  }

  private static final class InstantReader extends StdDeserializer<Instant> {
    private static final long serialVersionUID = 1L;

    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser from, DeserializationContext context) throws IOException {
      if (from.currentToken() == JsonToken.VALUE_FALSE) {
        return null;
      }
      String text = from.getValueAsString();
      try {
        return Instant.parse(text);
      } catch (DateTimeException wrong) {
        return (Instant) context.handleWeirdStringValue(
            Instant.class, text, "expected a time such as 2026-01-31T12:00:00Z");
      }
    }
  }

  /** A time that is not known yet is {@code false}, as in reports of the classic implementation. */
  static final class UnsetWriter extends StdSerializer<Object> {
    private static final long serialVersionUID = 1L;

    UnsetWriter() {
      super(Object.class);
    }

    @Override
    public void serialize(Object nothing, JsonGenerator to, SerializerProvider provider) throws IOException {
      to.writeBoolean(false);
    }
  }

  /** Reads a number, or {@code false} as null. */
  static final class UnsetReader extends StdDeserializer<Double> {
    private static final long serialVersionUID = 1L;

    UnsetReader() {
      super(Double.class);
    }

    @Override
    public Double deserialize(JsonParser from, DeserializationContext context) throws IOException {
      return from.currentToken() == JsonToken.VALUE_FALSE ? null : from.getDoubleValue();
    }
  }

  private static final class SecondsWriter extends StdSerializer<Duration> {
    private static final long serialVersionUID = 1L;

    SecondsWriter() {
      super(Duration.class);
    }

    @Override
    public void serialize(Duration time, JsonGenerator to, SerializerProvider provider) throws IOException {
      to.writeNumber(time.toMillis() / 1000.0);
    }
  }

  private static final class SecondsReader extends StdDeserializer<Duration> {
    private static final long serialVersionUID = 1L;

    SecondsReader() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser from, DeserializationContext context) throws IOException {
      return Duration.ofMillis(Math.round(from.getDoubleValue() * 1000));
    }
  }

  /** A name that may be missing is null then. */
  @SuppressWarnings("rawtypes")
  private static final class NameWriter extends StdSerializer<Optional> {
    private static final long serialVersionUID = 1L;

    NameWriter() {
      super(Optional.class);
    }

    @Override
    public void serialize(Optional name, JsonGenerator to, SerializerProvider provider) throws IOException {
      if (name.isPresent()) {
        to.writeString(name.get().toString());
      } else {
        to.writeNull();
      }
    }
  }

  @SuppressWarnings("rawtypes")
  private static final class NameReader extends StdDeserializer<Optional> {
    private static final long serialVersionUID = 1L;

    NameReader() {
      super(Optional.class);
    }

    @Override
    public Optional deserialize(JsonParser from, DeserializationContext context) throws IOException {
      return Optional.of(from.getText());
    }

    @Override
    public Optional getNullValue(DeserializationContext context) {
      return Optional.empty();
    }
  }
}

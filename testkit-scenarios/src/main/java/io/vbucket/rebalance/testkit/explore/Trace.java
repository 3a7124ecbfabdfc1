package io.vbucket.rebalance.testkit.explore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.vbucket.rebalance.testkit.explore.search.Fault;
import io.vbucket.rebalance.testkit.explore.search.Path;
import io.vbucket.rebalance.testkit.node.NodeVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A schedule in a file, with everything that is needed to go through it again.
 *
 * @param scenario the script that was explored
 * @param variant whose rules, {@code product} or {@code naive}
 * @param version of both nodes, {@code V6_0} or {@code V7_6}
 * @param maxAttempts takeovers before the move is given up
 * @param takeoverSlots whether takeovers are limited
 * @param faults by their words
 * @param violated the invariant that is broken at the end
 * @param text how
 * @param steps keys of the steps, in order
 */
public record Trace(
    String scenario, String variant, String version, int maxAttempts, boolean takeoverSlots,
    Map<String, Integer> faults, String violated,
    String text, List<String> steps) {
  private static final String NO_TRACE = "is no trace of scenario explore: ";
  private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** A file is no trace; the message names it and says why. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    private MalformedException(java.nio.file.Path file, String why) {
      super(file + ": " + why);
    }
  }

  /** The trace of a path that a search found. */
  public static Trace of(String scenario, Variant variant, Exploration exploration, Path path) {
    Map<String, Integer> faults = new LinkedHashMap<>();
    exploration.faults().forEach((fault, often) -> faults.put(fault.word(), often));
    return new Trace(
        scenario, variant.word(), exploration.version().name(), exploration.maxAttempts(),
        exploration.takeoverSlots(), faults, path.violated(),
        path.text(), path.steps().stream().map(Path.Step::key).toList());
  }

  /** As {@link #read} reads it from a file. */
  public String json() {
    try {
      return JSON.writeValueAsString(this) + System.lineSeparator();
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a trace of words and numbers cannot be written as JSON", impossible);
    }
  }

  /** @throws MalformedException when there is no such file, or none of this kind */
  public static Trace read(java.nio.file.Path file) throws MalformedException {
    try {
      Trace trace = JSON.readValue(Files.readString(file), Trace.class);
      for (Object needed : new Object[] {trace.variant(), trace.version(), trace.faults(), trace.steps()}) {
        if (needed == null) {
          throw new MalformedException(file, NO_TRACE + "expected variant, version, faults and steps");
        }
      }
      trace.exploration();
      trace.variantRead();
      return trace;
    } catch (NoSuchFileException missing) {
      throw new MalformedException(file, "no such file");
    } catch (JsonProcessingException wrong) {
      throw new MalformedException(file, NO_TRACE + wrong.getOriginalMessage());
    } catch (IllegalArgumentException wrong) {
      throw new MalformedException(file, NO_TRACE + wrong.getMessage());
    } catch (IOException unreadable) {
      throw new MalformedException(file, "cannot be read: " + unreadable.getMessage());
    }
  }

  Variant variantRead() {
    return Variant.valueOf(variant.toUpperCase(Locale.ROOT));
  }

  Exploration exploration() {
    Map<Fault, Integer> read = new EnumMap<>(Fault.class);
    faults.forEach((word, often) -> read.put(Fault.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_')), often));
    return new Exploration(NodeVersion.valueOf(version), maxAttempts, takeoverSlots, read);
  }
}

package io.vbucket.rebalance.orchestrator.net;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.protocol.Status;
import java.util.HashMap;
import java.util.Map;

/**
 * What a node says about its own statuses ({@code {"version": 1, "errors": {"86": {"name": ..., "desc": ...}}}}, keys in hexadecimal). Names
 * of this project come first; the map is for statuses that it does not know.
 */
public final class ErrorMap {
  /** Of a node that has none. */
  public static final ErrorMap NONE = new ErrorMap(Map.of());

  /** The newest version that is asked for. */
  static final int VERSION = 2;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_TEXT = 200;

  private final Map<Integer, String> texts;

  private ErrorMap(Map<Integer, String> texts) {
    this.texts = Map.copyOf(texts);
  }

  /** What can be read of it; nothing is expected of a text that is only for people. */
  static ErrorMap parse(String json) {
    Map<Integer, String> texts = new HashMap<>();
    JsonNode errors;
    try {
      errors = JSON.readTree(json).path("errors");
    } catch (JsonProcessingException wrong) {
      return NONE;
    }
    errors.properties().forEach(entry -> {
      if (entry.getKey().matches("[0-9a-fA-F]{1,4}")) {
        String text = entry.getValue().path("name").asText("") + ": " + entry.getValue().path("desc").asText("");
        texts.put(Integer.parseInt(entry.getKey(), 16), clean(text));
      }
    });
    return new ErrorMap(texts);
  }

  /** What the node says about a status that has no documented name here; empty where it says nothing, or where there is one. */
  String textOf(int status) {
    return Status.nameOf(status).startsWith("0x") ? texts.getOrDefault(status, "") : "";
  }

  /** The status' documented name; of a status without one, what the node says about it. */
  String describe(int status) {
    String text = textOf(status);
    return Status.nameOf(status) + (text.isEmpty() ? "" : " (" + text + ")");
  }

  /** A node's text goes into logs and onto terminals. */
  private static String clean(String text) {
    String printable = text.replaceAll("\\p{Cntrl}", " ");
    return printable.substring(0, Math.min(printable.length(), LONGEST_TEXT));
  }
}

package io.vbucket.rebalance.orchestrator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vbucket.rebalance.orchestrator.PinnedPlan;
import io.vbucket.rebalance.orchestrator.json.JsonMistake;
import io.vbucket.rebalance.orchestrator.survey.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A saved plan: the JSON of a {@link PinnedPlan}. */
final class PlanFile {
  private static final ObjectMapper JSON = new ObjectMapper()
      .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
      .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

  private PlanFile() {}

  static PinnedPlan of(String bucket, Readiness.Ready ready) {
    List<PinnedPlan.PinnedMove> moves = ready.moves().stream()
        .map(move -> new PinnedPlan.PinnedMove(move.vbucket(), move.before(), move.after()))
        .toList();
    return new PinnedPlan(
        bucket, ready.config().epoch(), ready.config().revision(), ready.kept(), ready.replicas(), moves);
  }

  /** @throws IllegalArgumentException when the file is none, or cannot be read; the message names it */
  static PinnedPlan read(Path file) {
    try {
      return JSON.readValue(Files.readString(file), PinnedPlan.class);
    } catch (NoSuchFileException missing) {
      throw new IllegalArgumentException("--plan " + file + ": no such file; 'rebalance plan --save' writes one",
          missing);
    } catch (JsonProcessingException wrong) {
      throw new IllegalArgumentException("--plan " + file + " is no saved plan: " + JsonMistake.what(wrong)
          + (JsonMistake.place(wrong).isEmpty() ? "" : " (" + JsonMistake.place(wrong) + ")")
          + "; 'rebalance plan --save' writes one", wrong);
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("--plan " + file + " cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }
}

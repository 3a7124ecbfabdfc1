package io.vbucket.rebalance.orchestrator.takeover;

import io.vbucket.rebalance.config.TakeoverSettings.Timeouts;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.AwaitingLink;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Idle;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Inspecting;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.LinkGone;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Live;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Over;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Restoring;
import io.vbucket.rebalance.orchestrator.takeover.TakeoverState.Settling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a stream waits for, as a function of the state of its {@link TakeoverProtocol}.
 *
 * @param source name of the node that sends
 * @param destination name of the node that gets the copy
 */
public record TakeoverExplanation(String source, String destination, Timeouts limits) {

  static final String UNEXPLAINED = "no explanation for ";

  /** Empty when the stream waits for nothing: none is wanted, or it runs as it should. */
  public Optional<Wait> of(TakeoverProtocol protocol) {
    TakeoverState state = protocol.state();
    String trouble = protocol.trouble().map(LinkEvent.NotUp::detail).orElse("");
    if (state instanceof Idle || state instanceof Over) {
      return Optional.empty();
    } else if (state instanceof AwaitingLink) {
      return Optional
          .of(Wait.on(destination, "a link from " + source + " to " + destination + " is up", limits.link())
              .with("both connections", trouble.isEmpty() ? "not up yet" : trouble));
    } else if (state instanceof Live live) {
      return live.isTakeover() ? Optional.of(takingOver(live)) : replicating(live);
    } else if (state instanceof Settling settling) {
      return Optional.of(settling(settling));
    } else if (state instanceof LinkGone gone) {
      return Optional.of(linkGone(gone, trouble));
    } else if (state instanceof Inspecting inspecting) {
      return Optional.of(inspecting(inspecting));
    } else if (state instanceof Restoring) {
      return Optional.of(Wait.on(source, source + " becomes active again", limits.nodeDown())
          .with("ACTIVE", "it was told to, and has not answered"));
    }
    // A state without an explanation is a mistake that a test finds; it must not break the stream.
    return Optional.of(Wait.on("", UNEXPLAINED + state));
  }

  private Optional<Wait> replicating(Live live) {
    return live.addAnswered()
        ? Optional.empty()
        : Optional.of(Wait.on(destination, destination + " answers ADD_STREAM", limits.addStream())
            .with("success", "the stream is at " + live.progress()));
  }

  private Wait takingOver(Live live) {
    return switch (live.progress()) {
      case ADDED -> Wait.on(destination, destination + " asks the source for the stream", limits.addStream())
          .with("STREAM_REQ", "ADD_STREAM was sent");
      case REQUESTED -> Wait.on(source, source + " consents to the stream", limits.addStream())
          .with("success to STREAM_REQ", "no answer yet");
      case STREAMING -> Wait.on(source, source + " sends what is left and asks for pending", limits.catchUp())
          .with("nothing is left", live.bytes() + " bytes sent at the last look");
      case PENDING_ASKED -> Wait.on(destination, destination + " becomes pending", limits.pending())
          .with("PENDING", "asked, not confirmed");
      case PENDING_CONFIRMED ->
          Wait.on(source, source + " goes dead, sends the rest and asks for active", limits.active())
              .with("SET_VBUCKET_STATE active", "not asked yet");
      case ACTIVE_ASKED -> Wait.on(destination, destination + " becomes active", limits.active())
          .with("ACTIVE", "asked, not confirmed");
      case ACTIVE_CONFIRMED -> Wait.on(source, source + " ends the stream", limits.active())
          .with("STREAM_END", "not seen yet");
      case ENDED -> Wait.on(destination, destination + " answers ADD_STREAM", limits.active())
          .with("success", "no answer yet");
    };
  }

  private Wait settling(Settling settling) {
    List<String> missing = new ArrayList<>();
    if (!settling.fenced()) {
      missing.add("the relay's evidence");
    }
    if (!settling.consumerClosed()) {
      missing.add(destination);
    }
    if (!settling.producerClosed()) {
      missing.add(source);
    }
    String node = !settling.consumerClosed() ? destination : !settling.producerClosed() ? source : "";
    return Wait.on(node, "the stream is closed on both sides" + why(settling.goal()), limits.close())
        .with("both sides", "without " + String.join(" and ", missing));
  }

  private Wait linkGone(LinkGone gone, String trouble) {
    List<String> missing = new ArrayList<>();
    if (!gone.consumerGone()) {
      missing.add(destination);
    }
    if (!gone.producerGone()) {
      missing.add(source);
    }
    return Wait.on(gone.consumerGone() ? source : destination, "the lost link's connections are dropped"
        + why(gone.goal()), limits.nodeDown()).with("by both nodes", "not by " + String.join(" and ", missing)
            + (trouble.isEmpty() ? "" : "; " + trouble));
  }

  private Wait inspecting(Inspecting inspecting) {
    String node = inspecting.source() == CopyState.UNREACHABLE ? source : destination;
    return Wait.on(node, "the states of both copies allow to go on" + why(inspecting.goal()), limits.nodeDown())
        .with("answers of both",
            told(source, inspecting.source()) + ", " + told(destination, inspecting.destination()));
  }

  private static String told(String node, CopyState state) {
    return node + (state == CopyState.UNREACHABLE ? " has not answered" : " is " + state);
  }

  private static String why(Goal goal) {
    if (goal instanceof Goal.ToFail failed) {
      return " after " + failed.reason() + " (" + failed.detail() + ")";
    }
    return goal instanceof Goal.ToTakeOver next ? " before attempt " + next.attempt() : "";
  }
}

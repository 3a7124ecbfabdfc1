package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a consumer asks of its producer before its first STREAM_REQ, in the order of the recordings. */
final class Negotiation {
  /** @param awaited whether nothing more is sent before its answer came */
  private record Step(String name, String value, boolean awaited) {}

  private static final String ERROR_MAP = "";
  private static final Pattern CONSUMER_NAME = Pattern.compile("\"consumer_name\"\\s*:\\s*\"([^\"]+)\"");

  private final DcpConsumer consumer;
  private final Deque<Step> steps = new ArrayDeque<>();
  private final Duration noopInterval;
  private Step awaited;
  private int awaitedOpaque;
  private boolean started;
  private boolean done;
  private boolean v7StatusCodes;

  Negotiation(DcpConsumer consumer, NodeVersion version, String json) {
    this.consumer = consumer;
    NodeSettings settings = consumer.peer().node().settings();
    this.noopInterval = settings.noopInterval();
    add(Dcp.Control.CONNECTION_BUFFER_SIZE, Integer.toString(settings.windowBytes()), false);
    add(ERROR_MAP, "", true);
    boolean noop = !noopInterval.isZero();
    add(Dcp.Control.ENABLE_NOOP, Boolean.toString(noop), false);
    boolean old = !version.takesConsumerName();
    if (noop) {
      boolean fractions = version.acceptsFractionalNoopInterval();
      add(Dcp.Control.SET_NOOP_INTERVAL, fractions ? seconds() : wholeSeconds(), fractions);
    }
    add("set_priority", "high", false);
    if (old) {
      add("enable_ext_metadata", "true", false);
    }
    if (version.endsClosedStreams()) {
      add("supports_cursor_dropping_vulcan", "true", false);
      add("supports_hifi_MFU", "true", false);
      add(Dcp.Control.SEND_STREAM_END_ON_CLOSE, "true", false);
    } else {
      add("supports_cursor_dropping", "true", false);
    }
    if (!old) {
      add("enable_expiry_opcode", "true", false);
      add("enable_sync_writes", "true", true);
      Matcher name = CONSUMER_NAME.matcher(json);
      if (name.find()) {
        add("consumer_name", name.group(1), false);
      }
    }
    if (version.offersV7StatusCodes()) {
      add("include_deleted_user_xattrs", "true", true);
      add(Dcp.Control.V7_DCP_STATUS_CODES, "true", true);
      add("flatbuffers_system_events", "true", true);
      add("change_streams", "true", true);
    }
  }

  private void add(String name, String value, boolean isAwaited) {
    steps.add(new Step(name, value, isAwaited));
  }

  private String seconds() {
    return BigDecimal.valueOf(noopInterval.toNanos(), 9).setScale(6, RoundingMode.HALF_UP).toString();
  }

  private String wholeSeconds() {
    return Long.toString(Math.max(1, noopInterval.toSeconds()));
  }

  boolean isDone() {
    return done;
  }

  boolean v7StatusCodes() {
    return v7StatusCodes;
  }

  void start() {
    if (!started) {
      started = true;
      proceed();
    }
  }

  private void proceed() {
    while (!steps.isEmpty()) {
      Step step = steps.poll();
      int opaque = consumer.nextOpaque();
      Frame frame = step.name().equals(ERROR_MAP)
          ? Frame.request(Opcode.GET_ERROR_MAP, 0, opaque, Frame.NOTHING, Frame.NOTHING, new byte[2])
          : Frame.request(Opcode.DCP_CONTROL, 0, opaque, Frame.NOTHING, step.name().getBytes(UTF_8),
              step.value().getBytes(UTF_8));
      if (step.awaited()) {
        awaited = step;
        awaitedOpaque = opaque;
      }
      consumer.peer().send(frame, -1);
      if (step.awaited()) {
        return;
      }
    }
    done = true;
    if (!noopInterval.isZero()) {
      consumer.watch(noopInterval);
    }
    consumer.negotiated();
  }

  void answered(Frame answer) {
    if (awaited == null || answer.opaque() != awaitedOpaque) {
      return;
    }
    Step step = awaited;
    awaited = null;
    boolean granted = answer.status() == Status.SUCCESS;
    if (step.name().equals(Dcp.Control.V7_DCP_STATUS_CODES)) {
      v7StatusCodes = granted;
    } else if (step.name().equals(Dcp.Control.SET_NOOP_INTERVAL) && !granted && !step.value().equals(wholeSeconds())) {
      // Older producers understand whole seconds only.
      steps.addFirst(new Step(step.name(), wholeSeconds(), true));
    }
    proceed();
  }
}

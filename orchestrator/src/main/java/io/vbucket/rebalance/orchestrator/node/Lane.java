package io.vbucket.rebalance.orchestrator.node;

import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One connection of a session with the exchanges on it: those that were sent, by opaque, and those that wait for the connection, in order.
 * Belongs to one session actor and is touched by it alone.
 */
final class Lane {
  private static final int NONE = -1;

  /**
   * An exchange under way, for the question with this ticket.
   *
   * @param changes the vBucket whose copy the frame that was sent last changes, or none
   * @param heardBefore what had been heard when its first frame was sent
   * @param abandoned whether nobody waits for it any more
   */
  private record Open(long ticket, Exchange exchange, int changes, long heardBefore, boolean abandoned) {
    Open with(Exchange next) {
      return new Open(ticket, next, changes, heardBefore, abandoned);
    }

    Open leftAlone() {
      return new Open(ticket, exchange, changes, heardBefore, true);
    }
  }

  /** What an answer leads to. */
  sealed interface Result {}

  /** An exchange that is over. */
  record Closed(long ticket, NodeQuestion.Answer answer) implements Result {}

  /** An exchange that goes on, but would hold up what comes after it on this lane. */
  record Blocking(long ticket, Exchange next) implements Result {}

  final int number;
  private final boolean forWaits;
  private final Map<Integer, Open> sent = new LinkedHashMap<>();
  private final Map<Long, Exchange> queued = new LinkedHashMap<>();
  private NodeChannel channel;
  private int lastOpaque;
  private int connection;
  private int failures;
  private long heard;
  private boolean active;

  /** @param forWaits whether what is sent on it may be answered late */
  Lane(int number, boolean forWaits) {
    this.number = number;
    this.forWaits = forWaits;
  }

  /** Number of the present connection; whatever comes from an earlier one is not listened to. */
  int connection() {
    return connection;
  }

  /** Counts a new connection and returns its number. */
  int connecting() {
    channel = null;
    return ++connection;
  }

  void up(NodeChannel opened) {
    channel = opened;
    failures = 0;
    heard++;
    active = true;
    queued.forEach(this::send);
    queued.clear();
  }

  boolean isUp() {
    return channel != null;
  }

  /** Notes that the connection could not be opened or was lost, and returns how often in a row that happened. */
  int down() {
    channel = null;
    return ++failures;
  }

  void begin(long ticket, Exchange exchange) {
    if (channel == null) {
      queued.put(ticket, exchange);
    } else {
      send(ticket, exchange);
    }
  }

  private void send(long ticket, Exchange exchange) {
    send(new Open(ticket, exchange, NONE, heard, false));
  }

  private void send(Open open) {
    int opaque = ++lastOpaque;
    Frame request = open.exchange().request();
    sent.put(opaque, new Open(open.ticket(), open.exchange(), changed(request), open.heardBefore(), false));
    active = true;
    channel.send(request.withOpaque(opaque));
  }

  private static int changed(Frame request) {
    return request.opcode() == Opcode.SET_VBUCKET || request.opcode() == Opcode.DEL_VBUCKET ? request.vbucket() : NONE;
  }

  /** Takes an answer in; returns what it leads to, or null. */
  Result received(Frame frame) {
    heard++;
    active = true;
    Open open = sent.get(frame.opaque());
    if (open == null) {
      return null;
    }
    Exchange.Outcome outcome = open.exchange().on(frame);
    if (outcome instanceof Exchange.Outcome.More more) {
      sent.put(frame.opaque(), open.with(more.next()));
      return null;
    }
    sent.remove(frame.opaque());
    if (open.abandoned()) {
      // What it would do next would come after questions that were asked since.
      return null;
    }
    if (outcome instanceof Exchange.Outcome.Continue next) {
      if (next.next().waits() && !forWaits) {
        return new Blocking(open.ticket(), next.next());
      }
      send(open.with(next.next()));
      return null;
    }
    return new Closed(open.ticket(), explained(((Exchange.Outcome.Finished) outcome).answer(), frame));
  }

  /** A refusal by a status that only the node knows says what the node calls it. */
  private NodeQuestion.Answer explained(NodeQuestion.Answer answer, Frame frame) {
    String text = channel == null || frame.isRequest() ? "" : channel.explain(frame.status());
    return answer instanceof NodeQuestion.Answer.Failed failed && failed.answered() && !text.isEmpty()
        ? failed.saying(failed.detail() + " (" + text + ")")
        : answer;
  }

  /**
   * Nobody waits for this question any more. What was sent stays known, so that its late answer is told from a new one's, but is not followed
   * by anything.
   *
   * @return whether nothing at all came on the connection since the question went out
   */
  boolean forget(long ticket) {
    queued.remove(ticket);
    boolean deaf = false;
    for (Map.Entry<Integer, Open> entry : sent.entrySet()) {
      Open open = entry.getValue();
      if (open.ticket() == ticket) {
        entry.setValue(open.leftAlone());
        deaf = open.heardBefore() == heard;
      }
    }
    return deaf;
  }

  /** Tickets of everything that was sent and will never be answered, since the connection is lost. */
  List<Long> lost() {
    List<Long> tickets = new ArrayList<>();
    sent.values().forEach(open -> tickets.add(open.ticket()));
    sent.clear();
    return tickets;
  }

  int openExchanges() {
    return sent.size() + queued.size();
  }

  /** Whether a request is on its way that changes this copy. */
  boolean isChanging(int vbucket) {
    return sent.values().stream().anyMatch(open -> open.changes() == vbucket)
        || queued.values().stream().anyMatch(exchange -> changed(exchange.request()) == vbucket);
  }

  /** Whether nobody waits for anything on it, and nothing has passed on it since this was asked last. */
  boolean isIdle() {
    boolean quiet = !active && isUp() && sent.values().stream().allMatch(Open::abandoned);
    active = false;
    return quiet;
  }

  /**
   * The connection is not believed any more and no longer this lane's. Call {@link #lost()} next.
   *
   * @return what the node may still carry out that was sent on it; null when that is nothing, and the connection was closed
   */
  Suspect giveUp() {
    Set<Integer> changing = new HashSet<>();
    sent.values().forEach(open -> changing.add(open.changes()));
    changing.remove(NONE);
    NodeChannel old = channel;
    channel = null;
    if (changing.isEmpty()) {
      old.abort();
      return null;
    }
    return new Suspect(old, changing, ++lastOpaque);
  }

  void close() {
    if (channel != null) {
      channel.close();
      channel = null;
    }
    connection++;
  }
}

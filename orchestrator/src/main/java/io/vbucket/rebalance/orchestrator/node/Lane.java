package io.vbucket.rebalance.orchestrator.node;

import io.vbucket.rebalance.protocol.Frame;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One connection of a session with the exchanges on it: those that were sent, by opaque, and those that wait for the connection, in order.
 * Belongs to one session actor and is touched by it alone.
 */
final class Lane {
  /** An exchange under way, for the question with this ticket. */
  private record Open(long ticket, Exchange exchange) {}

  /** An exchange that is over. */
  record Closed(long ticket, NodeQuestion.Answer answer) {}

  final int number;
  private final Map<Integer, Open> sent = new LinkedHashMap<>();
  private final Map<Long, Exchange> queued = new LinkedHashMap<>();
  private NodeChannel channel;
  private int lastOpaque;
  private int connection;
  private int failures;

  Lane(int number) {
    this.number = number;
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
    int opaque = ++lastOpaque;
    sent.put(opaque, new Open(ticket, exchange));
    channel.send(exchange.request().withOpaque(opaque));
  }

  /** Takes an answer in; returns the exchange that is over by it, or null. */
  Closed received(Frame frame) {
    Open open = sent.get(frame.opaque());
    if (open == null) {
      return null;
    }
    Exchange.Outcome outcome = open.exchange().on(frame);
    if (outcome instanceof Exchange.Outcome.More more) {
      sent.put(frame.opaque(), new Open(open.ticket(), more.next()));
      return null;
    }
    sent.remove(frame.opaque());
    if (outcome instanceof Exchange.Outcome.Continue next) {
      send(open.ticket(), next.next());
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

  /** Nobody waits for this question any more. What was sent stays known, so that its late answer is told from a new one's. */
  void forget(long ticket) {
    queued.remove(ticket);
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

  void close() {
    if (channel != null) {
      channel.close();
      channel = null;
    }
    connection++;
  }
}

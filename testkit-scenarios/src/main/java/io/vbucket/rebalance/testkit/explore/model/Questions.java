package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.orchestrator.takeover.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What an actor has asked nodes and not heard yet.
 *
 * <p><b>Reduction.</b> On its way a question carries the smallest tag that no open question has, and not its number. Numbers count from the last
 * question, which is 0; one that its core no longer knows is {@link #STALE}, since nothing follows from its answer any more.
 */
record Questions(List<Open> open) {
  static final Questions NONE = new Questions(List.of());

  static final int STALE = Integer.MIN_VALUE;

  /**
   * @param number as the core counts
   * @param answers that are still to come
   * @param source what the source said, or null
   * @param destination the same for the destination
   */
  record Open(int tag, int number, int answers, CopyState source, CopyState destination) {
    private Open heard(Reply reply) {
      return number == STALE
          ? new Open(tag, number, answers - 1, null, null)
          : new Open(tag, number, answers - 1, reply.side() == Side.PRODUCER ? reply.state() : source,
              reply.side() == Side.CONSUMER ? reply.state() : destination);
    }

    private Open numbered(int newNumber) {
      return new Open(tag, newNumber, answers, source, destination);
    }

    private Open stale() {
      return new Open(tag, STALE, answers, null, null);
    }
  }

  Questions {
    open = List.copyOf(open);
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  int freeTag() {
    int tag = 1;
    for (Open question : open) {
      // They are kept in the order of their tags.
      tag += question.tag() == tag ? 1 : 0;
    }
    return tag;
  }

  /** One more question, under {@link #freeTag}. */
  Questions asking(int number, int answers) {
    List<Open> more = new ArrayList<>(open);
    more.add(freeTag() - 1, new Open(freeTag(), number, answers, null, null));
    return new Questions(more);
  }

  /** The question to which an answer has come, with that answer in it. */
  Open answered(Reply reply) {
    return open.stream().filter(question -> question.tag() == reply.tag()).findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody asked for " + reply)).heard(reply);
  }

  /** After an answer: it waits for the others, or is closed. */
  Questions having(Open question) {
    List<Open> next = new ArrayList<>(open);
    next.replaceAll(each -> each.tag() == question.tag() ? question : each);
    next.removeIf(each -> each.answers() == 0);
    return new Questions(next);
  }

  /** The answer leads to a second question under the same number. */
  Questions goingOn(Open question) {
    return having(new Open(question.tag(), question.number(), question.answers() + 1, null, null));
  }

  /**
   * Counts from another last question.
   *
   * @param known numbers that the core knows, in the old count
   */
  Questions countedFrom(int lastQuestion, Set<Integer> known) {
    return new Questions(open.stream()
        .map(each -> known.contains(each.number()) ? each.numbered(each.number() - lastQuestion) : each.stale())
        .toList());
  }
}

package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.testkit.explore.search.Layout;
import io.vbucket.rebalance.testkit.explore.search.Machine;
import java.util.List;

/** The numbers of the machines and channels of one move. */
public final class Parts {
  public static final int SOURCE = 0;
  public static final int DESTINATION = 1;
  public static final int MOVER = 2;
  public static final int LINK = 3;
  public static final int STREAM = 4;

  /** From the link to the consumer, and back. */
  public static final int TO_CONSUMER = 0;
  public static final int FROM_CONSUMER = 1;
  /** From the link to the producer, and back. */
  public static final int TO_PRODUCER = 2;
  public static final int FROM_PRODUCER = 3;
  /** From the stream to the link, and back. */
  public static final int COMMANDS = 4;
  public static final int EVENTS = 5;
  /** From the mover to the stream, and back. */
  public static final int ORDERS = 6;
  public static final int REPORTS = 7;
  /** What the nodes are asked; one connection each, in order. */
  public static final int ASK_SOURCE = 8;
  public static final int ASK_DESTINATION = 9;
  /** What they answer to the stream, and to the mover. */
  public static final int ANSWERS_TO_STREAM = 10;
  public static final int ANSWERS_TO_MOVER = 11;
  /** Waits for persistence: they block nobody else. */
  public static final int WAITS = 12;

  private Parts() {}

  /** These machines with the channels between them. */
  public static Layout layout(Machine<?> source, Machine<?> destination, Machine<?> mover, Machine<?> link,
      Machine<?> stream) {
    return new Layout(
        List.of(
            new Layout.Named("source", source, true),
            new Layout.Named("destination", destination, true),
            new Layout.Named("mover", mover, true),
            new Layout.Named("link", link, false),
            new Layout.Named("stream", stream, false)),
        List.of(
            new Layout.Channel("to consumer", LINK, DESTINATION),
            new Layout.Channel("from consumer", DESTINATION, LINK),
            new Layout.Channel("to producer", LINK, SOURCE),
            new Layout.Channel("from producer", SOURCE, LINK),
            new Layout.Channel("commands", STREAM, LINK),
            new Layout.Channel("events", LINK, STREAM),
            new Layout.Channel("orders", MOVER, STREAM),
            new Layout.Channel("reports", STREAM, MOVER),
            new Layout.Channel("to source", STREAM, SOURCE),
            new Layout.Channel("to destination", STREAM, DESTINATION),
            new Layout.Channel("answers to stream", SOURCE, STREAM),
            new Layout.Channel("answers to mover", SOURCE, MOVER),
            new Layout.Channel("waits", MOVER, DESTINATION)));
  }
}

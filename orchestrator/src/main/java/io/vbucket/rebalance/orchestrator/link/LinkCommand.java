package io.vbucket.rebalance.orchestrator.link;

import akka.actor.typed.ActorRef;
import io.vbucket.rebalance.orchestrator.takeover.LinkEvent;
import io.vbucket.rebalance.orchestrator.takeover.Side;

/**
 * What a link is asked to do. Commands of one sender are carried out in their order: a {@link Fence} before a {@link CloseStream}
 * before an {@link OpenStream} is so on the wire, too.
 */
public sealed interface LinkCommand
    permits LinkCommand.Attach, LinkCommand.Detach, LinkCommand.OpenStream,
    LinkCommand.Fence, LinkCommand.CloseStream, LinkCommand.Probe, LinkCommand.ReadBytes, LinkCommand.Drop,
    LinkCommand.Stop,
    DcpLink.Internal {
  /** Which vBucket it is about. */
  default int vbucket() {
    throw new IllegalStateException(this + " is about no vBucket");
  }

  /**
   * Sends the link events of {@code vbucket} to {@code stream} from now on. Answered with {@link LinkEvent.Up} at once when the link is up, otherwise
   * when it comes up. At most one stream actor per vBucket.
   */
  record Attach(int vbucket, ActorRef<LinkEvent> stream) implements LinkCommand {}

  /** No more events of {@code vbucket} for {@code stream}. Its successor may have attached itself before; then that one stays attached. */
  record Detach(int vbucket, ActorRef<LinkEvent> stream) implements LinkCommand {}

  /**
   * Opens the gate of {@code vbucket} for {@code generation} and writes ADD_STREAM with a fresh opaque.
   *
   * <p>Not done when the link is not the one any more on which it was decided: then the stream has {@link LinkEvent.Lost} in its mailbox and
   * believes that nothing was added, so nothing must be added on the new connections (I5).
   *
   * @param attempt number of the takeover attempt, carried in the opaque and in logs; 0 for a replica stream
   * @param producerName of the {@link LinkEvent.Up} that the stream heard last
   */
  record OpenStream(int vbucket, int generation, int attempt, boolean takeover, String producerName)
      implements LinkCommand {}

  /** Shuts the gate; answered with {@link LinkEvent.Fenced}. */
  record Fence(int vbucket, int generation) implements LinkCommand {}

  /** Writes CLOSE_STREAM with a fresh opaque to one side; answered with {@link LinkEvent.CloseAnswered}. */
  record CloseStream(int vbucket, int generation, Side side) implements LinkCommand {}

  /** Answered with {@link LinkEvent.Activity}. */
  record Probe(int vbucket, int generation) implements LinkCommand {}

  /**
   * Closes both connections, since a peer no longer answers; every attached stream hears {@link LinkEvent.Lost} (T33).
   *
   * @param vbucket for whose sake
   */
  record Drop(int vbucket, String reason) implements LinkCommand {}

  /** How much was sent for a vBucket. Answered while the link is up; whoever asks must not wait for it. */
  record ReadBytes(int vbucket, ActorRef<BytesPassed> replyTo) implements LinkCommand {}

  /**
   * @param destination name of the node to which the link goes
   * @param bytes of the vBucket's frames that passed in both directions since its stream attached to this incarnation of the link
   */
  record BytesPassed(int vbucket, String destination, long bytes) {}

  /** Closes both connections and stops, once and for all. */
  record Stop() implements LinkCommand {}
}

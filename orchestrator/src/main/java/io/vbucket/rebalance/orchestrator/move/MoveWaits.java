package io.vbucket.rebalance.orchestrator.move;

import io.vbucket.rebalance.config.MoveSettings;
import io.vbucket.rebalance.config.TakeoverSettings;
import io.vbucket.rebalance.orchestrator.takeover.Wait;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What one move waits for and since when, with the figures that its mover comes to know. Nothing is decided by it. Belongs to one mover and is
 * touched by it alone.
 */
final class MoveWaits {
  private final Move move;
  private final TakeoverSettings takeover;
  private final MoveSettings settings;
  private final Map<String, Wait> streams = new HashMap<>();
  private PersistedSeqnos persisted = PersistedSeqnos.NONE;
  private WaitLog log = WaitLog.NONE;

  MoveWaits(Move move, TakeoverSettings takeover, MoveSettings settings) {
    this.move = move;
    this.takeover = takeover;
    this.settings = settings;
  }

  /** What the stream to a node waits for from now on. */
  void streamWaits(VBucketStream.Waiting waiting) {
    waiting.awaited().ifPresentOrElse(
        wait -> streams.put(waiting.destination(), wait), () -> streams.remove(waiting.destination()));
  }

  /** The copies must have persisted this; {@link PersistedSeqnos#UNKNOWN} while that is being asked. */
  void wantPersisted(long seqno) {
    persisted = persisted.wanting(seqno);
  }

  void persisted(String node, long seqno) {
    persisted = persisted.told(node, seqno);
  }

  void note(ParkableMove protocol, Instant at) {
    log = log.now(new MoveExplanation(takeover, settings, streams, persisted).of(protocol), at);
  }

  Explanation of(ParkableMove protocol) {
    return new Explanation(
        move.bucket(), move.vbucket(), protocol.protocol().phase(), protocol.attempts(), takeover.maxAttempts(),
        log.waits());
  }
}

package io.vbucket.rebalance.orchestrator.move;

/** The phases of a move, as operators see them. */
public enum MovePhase {
  PREPARE,
  BACKFILL,
  PERSIST,
  /** Its node may have no more takeovers under way just now. */
  AWAIT_SLOT,
  TAKEOVER,
  BACK_OFF,
  COMMIT,
  CLEAN_UP,
  UNDO
}

package io.vbucket.rebalance.orchestrator.move;

/** The phases of a move, as operators see them. */
public enum MovePhase {
  PREPARE,
  BACKFILL,
  PERSIST,
  TAKEOVER,
  BACK_OFF,
  COMMIT,
  CLEAN_UP,
  UNDO
}

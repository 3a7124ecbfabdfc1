/**
 * One vBucket's move from its old to its new owner: the steps as a pure machine ({@link
 * io.vbucket.rebalance.orchestrator.move.MoveProtocol}), and the two actors that carry them out, the mover and its stream. How a
 * stream is added and ended is not decided here but in the takeover room.
 */
package io.vbucket.rebalance.orchestrator.move;

/**
 * The rules of a takeover, as pure functions of (state, event): what the relay lets pass ({@link
 * io.vbucket.rebalance.orchestrator.takeover.StreamGate}) and what is done next ({@link
 * io.vbucket.rebalance.orchestrator.takeover.TakeoverProtocol}). No actor, socket or clock may enter, so that every order of events can be tried.
 */
package io.vbucket.rebalance.orchestrator.takeover;

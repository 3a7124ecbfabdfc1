/**
 * What an operator can ask of a rebalance while it runs, and the rules of it: pause, resume, other limits, one move less. Pure; the actors
 * that carry it out are in bucket and move.
 */
package io.vbucket.rebalance.orchestrator.control;

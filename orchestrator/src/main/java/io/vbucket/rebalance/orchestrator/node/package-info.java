/**
 * One node as an administrator sees it: the actor that holds the connections over which states, seqnos, stats and configurations are
 * asked and set. It answers every question, if only with a failure, within its time limit.
 */
package io.vbucket.rebalance.orchestrator.node;

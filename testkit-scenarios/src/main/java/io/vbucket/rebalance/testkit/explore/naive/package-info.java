/**
 * How not to do it: the orchestrator with the race that this project rules out. Two writers to the consumer's socket, a retry at once, no fence. It is
 * here so that the explorer can be seen to find what it is for; nothing else may use it.
 */
package io.vbucket.rebalance.testkit.explore.naive;

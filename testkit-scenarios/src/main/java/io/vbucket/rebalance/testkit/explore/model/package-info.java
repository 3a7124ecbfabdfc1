/**
 * The machines of one move: the orchestrator's pure cores as they are in production, each wrapped as its actor wraps it, and models of both
 * nodes, of the relay and of the sockets. States are values; what a machine does is a function of its state and a message.
 */
package io.vbucket.rebalance.testkit.explore.model;

/**
 * Where scenarios are played: a cluster, an orchestrator and clients, on real sockets or in simulated time, with nodes of
 * its own or of others. A stage does what it is told
 * and tells what happens; it decides and expects nothing.
 */
package io.vbucket.rebalance.testkit.stage;

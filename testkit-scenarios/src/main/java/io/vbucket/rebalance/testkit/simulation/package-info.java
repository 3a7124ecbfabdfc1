/**
 * The whole production stack in virtual time, driven by one thread: actors on a dispatcher that only collects work, connections in memory on
 * loops that run when told, one clock for both. The same seed gives the same run.
 */
package io.vbucket.rebalance.testkit.simulation;

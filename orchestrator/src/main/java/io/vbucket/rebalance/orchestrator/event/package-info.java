/**
 * What happens during a rebalance, as one sealed family of events: the same for embedders, the command line, reports and scenario
 * expectations. Facts only: nothing here decides or acts.
 */
package io.vbucket.rebalance.orchestrator.event;

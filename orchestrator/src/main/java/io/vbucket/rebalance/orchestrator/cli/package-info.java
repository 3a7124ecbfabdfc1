/**
 * rebalance.jar, the operator's command line: one class per command, which reads options, calls {@code Rebalancer} and prints. Decides nothing
 * about moves. Needs picocli and progressbar, which embedders of the library do not get.
 */
package io.vbucket.rebalance.orchestrator.cli;

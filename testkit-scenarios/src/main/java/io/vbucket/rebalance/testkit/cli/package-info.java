/**
 * The command line of the scenario tooling: one class per command, none of which does more than read options, call a room and print.
 */
package io.vbucket.rebalance.testkit.cli;

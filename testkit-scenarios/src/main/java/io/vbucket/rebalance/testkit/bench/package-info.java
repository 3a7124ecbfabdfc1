/**
 * Benches: what the product's parts achieve on this machine, printed as a table and as figures for scripts. They use the product as it is,
 * over real sockets, and nothing in the product depends on them.
 */
package io.vbucket.rebalance.testkit.bench;

/**
 * What is measured and printed: figures only, no assertions. Whatever runs here uses the product through its public API.
 * May enter: the orchestrator's API, embedded nodes, clients. May not: test libraries.
 */
package io.vbucket.rebalance.testkit.bench;

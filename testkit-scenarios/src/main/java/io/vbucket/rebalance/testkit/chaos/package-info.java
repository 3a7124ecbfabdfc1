/**
 * Seeded chaos on the simulated stage: clusters, rebalances and faults that nobody thought of, the invariants after every message, and a
 * cluster that must be well again afterwards. Knows scenarios, but not how they are played.
 */
package io.vbucket.rebalance.testkit.chaos;

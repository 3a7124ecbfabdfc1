/**
 * A running rebalance of one bucket: which moves run now, the links and movers they run on, and the map as it grows true. Whoever starts a
 * rebalance and watches it is in the room above.
 */
package io.vbucket.rebalance.orchestrator.bucket;

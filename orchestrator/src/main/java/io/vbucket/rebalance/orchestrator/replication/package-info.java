/**
 * Replication that lasts: the streams from every active to its replicas, kept alive for as long as somebody wants them, and handed over to a
 * mover while its vBucket moves. Rules ({@link io.vbucket.rebalance.orchestrator.replication.KeptStream}) are pure; one actor carries them out.
 */
package io.vbucket.rebalance.orchestrator.replication;

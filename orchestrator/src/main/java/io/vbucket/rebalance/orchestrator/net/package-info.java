/**
 * Sockets to data nodes: connecting, authenticating, choosing the bucket, opening DCP, and the limits on each of these. Knows frames, but
 * no streams and no actors.
 */
package io.vbucket.rebalance.orchestrator.net;

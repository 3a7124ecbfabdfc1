/**
 * Who owns which vBucket: the bucket configuration as nodes and clients read it, and how it changes. Pure data, no actors.
 */
package io.vbucket.rebalance.orchestrator.map;

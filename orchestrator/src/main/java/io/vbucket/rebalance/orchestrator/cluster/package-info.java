/**
 * Several buckets of one cluster: whose turn it is and what came of each (pure), and the actor above one orchestrator per bucket. What a bucket's
 * rebalance does is none of its business.
 */
package io.vbucket.rebalance.orchestrator.cluster;

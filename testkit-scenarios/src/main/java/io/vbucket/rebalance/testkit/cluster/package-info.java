/**
 * Embedded data nodes put together to a cluster with a bucket and a map, for tests, tools and the demo. Nodes listen on loopback only.
 */
package io.vbucket.rebalance.testkit.cluster;

/**
 * The official Java and DCP clients as judges of the embedded nodes: they connect, work while vBuckets move, and see what they would see on
 * real nodes.
 */
package io.vbucket.rebalance.testkit.officials;

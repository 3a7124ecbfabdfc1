/**
 * The items of one vBucket: a table by key and a log by seqno over the same objects, and cursors that read the log while it grows.
 * Nothing of DCP or of vBucket states may enter here.
 */
package io.vbucket.rebalance.testkit.node.store;

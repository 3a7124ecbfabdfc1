/**
 * The small HTTP endpoint of a node, as far as clients ask it: where the nodes are, and a bucket's configuration, once or as a stream. It
 * changes nothing.
 */
package io.vbucket.rebalance.testkit.node.http;

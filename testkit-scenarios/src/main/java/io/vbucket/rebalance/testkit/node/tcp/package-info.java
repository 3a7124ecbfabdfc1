/**
 * The embedded data node behind a TCP port: one thread per node, framing, batched writes, back-pressure, dying and coming back.
 * No behaviour of the node may enter here.
 */
package io.vbucket.rebalance.testkit.node.tcp;

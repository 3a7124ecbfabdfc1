/**
 * The embedded data node: a bucket's vBuckets, the key-value commands and both ends of DCP, as a state machine without threads, sockets
 * or a clock of its own. Only behaviour that real nodes show, and faults that a test can ask for, may enter here; sockets are in tcp.
 */
package io.vbucket.rebalance.testkit.node;

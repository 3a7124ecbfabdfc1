/**
 * What is on the wire between an orchestrator, its clients and the data nodes: frames of the memcached binary protocol and of
 * DCP, their codec and their framing. Only bytes and their meaning may enter here: no actors, no sockets, no decisions.
 */
package io.vbucket.rebalance.protocol;

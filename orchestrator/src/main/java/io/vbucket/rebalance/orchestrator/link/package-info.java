/**
 * The wire between two nodes: the link actor, both DCP connections and the relay between them. What passes is ruled by the gates of
 * the takeover room; nothing is decided here.
 */
package io.vbucket.rebalance.orchestrator.link;

/**
 * What a rebalance was: the events as JSON lines, and the report that is folded from them, as JSON and as a page for a browser. Pure: no
 * actors, no clock, no sockets; everything follows from the events. What it says in JSON is documented in the README and stays as it is.
 */
package io.vbucket.rebalance.orchestrator.report;

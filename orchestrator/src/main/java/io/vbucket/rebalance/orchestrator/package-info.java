/**
 * What an embedder sees: the orchestrator actor, the plain facade for those who are not on Akka, and the requests and answers of both. The
 * rooms below are the product's inside.
 */
package io.vbucket.rebalance.orchestrator;

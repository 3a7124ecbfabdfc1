/**
 * What the nodes say before a rebalance: their maps, the states of their copies, other runs at work; and what follows, a plan or the reasons
 * for none. Changes nothing.
 */
package io.vbucket.rebalance.orchestrator.survey;

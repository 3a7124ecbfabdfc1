/**
 * The explorer: a search through every order of events around one vBucket's move, with the invariants of the race catalogue held against every
 * state. What is composed stands in {@code model}, how it is searched in {@code search}; here is what is asked of them and what they report.
 */
package io.vbucket.rebalance.testkit.explore;

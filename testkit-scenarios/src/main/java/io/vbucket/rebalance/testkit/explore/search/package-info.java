/**
 * The search itself: machines that exchange messages over first-in-first-out channels, all their states, each once. Knows nothing of vBuckets; no
 * actor, thread or clock may enter.
 */
package io.vbucket.rebalance.testkit.explore.search;

/** Clusters behind TLS and passwords, as real ones are: what passes, and what is told to whoever gets it wrong. */
package io.vbucket.rebalance.testkit.secure;

/**
 * Clients that write, read and delete while a rebalance runs, and remember what they were told, so that afterwards every acknowledged
 * operation can be looked for (I2).
 */
package io.vbucket.rebalance.testkit.workload;

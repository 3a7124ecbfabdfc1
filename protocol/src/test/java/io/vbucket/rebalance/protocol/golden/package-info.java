/**
 * Recorded conversations of real data nodes, published as this module's test-jar so that other modules' tests replay them, too. Only
 * the recordings' reader may enter here.
 */
package io.vbucket.rebalance.protocol.golden;

/**
 * What real nodes said in the recorded conversations, fed to the pure rules of the product: it must come to the same end as on real nodes.
 */
package io.vbucket.rebalance.testkit.recorded;

/**
 * A key-value client as an application has one: finds the owner of a key by the bucket's map, follows the map when it changes, asks again
 * after NOT_MY_VBUCKET. Shares the codec with the product and nothing else, so that it can judge it.
 */
package io.vbucket.rebalance.testkit.client;

/**
 * The demonstration: a cluster of embedded nodes under load is rebalanced through the API that embedders use, and everything that a client was
 * told is looked for afterwards.
 */
package io.vbucket.rebalance.testkit.demo;

/**
 * Reading and changing parts of JSON documents: paths, operations and extended attributes, as sub-document commands have them. Pure: no
 * node, no frames.
 */
package io.vbucket.rebalance.testkit.node.subdoc;

/**
 * Reads scenario files. Every mistake is told with file and line, what is wrong and what is allowed; a file with one mistake gives no
 * scenario at all. Nothing in here runs anything.
 */
package io.vbucket.rebalance.testkit.script.parse;

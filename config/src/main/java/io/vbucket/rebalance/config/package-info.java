/**
 * Every setting with its unit, default and check, and the cluster file. A value that is wrong is refused here, before anything starts.
 * Nothing in here knows the wire or an actor; no other module reads configuration keys by name.
 */
package io.vbucket.rebalance.config;

/**
 * Scenario scripts as tests of a user's own build. Needs JUnit Jupiter on the class path, which this module does not bring along; nothing
 * else in the test kit may depend on this package.
 */
package io.vbucket.rebalance.testkit.junit;

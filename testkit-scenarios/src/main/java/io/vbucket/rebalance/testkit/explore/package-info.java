/**
 * The search through every order of events around one vBucket's move: the real functional cores, models of both nodes, of the relay and of the
 * sockets. No actors, threads or clocks may enter: a state is a value, and so is every step.
 */
package io.vbucket.rebalance.testkit.explore;

/**
 * What a scenario script says, as records: the cluster, what is asked, what goes wrong and when, what must be seen. Facts of the language
 * only: reading files is in parse, carrying scripts out is in run.
 */
package io.vbucket.rebalance.testkit.script;

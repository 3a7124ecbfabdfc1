/**
 * Plays a scenario on a stage: fires its steps, watches the invariants and its expectations, and keeps the schedule for the report. Knows
 * stages only by their interface.
 */
package io.vbucket.rebalance.testkit.script.run;

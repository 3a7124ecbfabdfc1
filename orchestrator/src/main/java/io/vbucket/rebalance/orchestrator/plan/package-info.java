/**
 * Current map, nodes and rules in, target map and its cost out. Pure: no actors, no clock but for the planning time, no input or output.
 * What a map must obey stands in {@link io.vbucket.rebalance.orchestrator.plan.PlanRules}.
 */
package io.vbucket.rebalance.orchestrator.plan;

/**
 * What a run that was killed left behind, made good: which steps that takes is decided by {@link
 * io.vbucket.rebalance.orchestrator.repair.RepairPlan}, a pure function of what the nodes say; the actor beside it only carries them out.
 */
package io.vbucket.rebalance.orchestrator.repair;

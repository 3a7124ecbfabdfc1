/** What is wrong with JSON that somebody wrote, in words for the person who wrote it. */
package io.vbucket.rebalance.orchestrator.json;

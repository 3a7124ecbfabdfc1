package io.vbucket.rebalance.orchestrator.control;

import io.vbucket.rebalance.config.RetrySettings;
import io.vbucket.rebalance.orchestrator.event.RebalanceSummary;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * When a rebalance is run again, and what all its runs together have come to. Immutable.
 *
 * @param runs how many have ended
 * @param sum of all that have ended; null before the first
 */
public record RetryRule(RetrySettings settings, int runs, RebalanceSummary sum) {
  public static RetryRule of(RetrySettings settings) {
    return new RetryRule(settings, 0, null);
  }

  /** One more run has ended. What it left unmoved counts, and no more what the earlier ones did. */
  public RetryRule ended(RebalanceSummary last) {
    return new RetryRule(settings, runs + 1, sum == null ? last : sum.followedBy(last));
  }

  /** The next run did not even begin: that counts as a failed one. */
  public RetryRule refused() {
    return new RetryRule(settings, runs + 1, sum);
  }

  /** How long until the next run; empty when there is none. Somebody who has stopped it, or must look first, wants none. */
  public Optional<Duration> pause() {
    boolean failed = sum != null && !sum.stopped() && !sum.unmoved().isEmpty() && sum.needOperator().isEmpty();
    return failed && runs < settings.maxAttempts() ? Optional.of(settings.backoff().delay(runs)) : Optional.empty();
  }

  /** What did not succeed, in short. */
  public String why() {
    List<String> unmoved = sum.unmoved();
    return unmoved.size() + " not moved, the first: " + unmoved.get(0);
  }
}

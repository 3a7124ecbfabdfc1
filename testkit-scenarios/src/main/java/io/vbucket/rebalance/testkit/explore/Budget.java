package io.vbucket.rebalance.testkit.explore;

/**
 * What may still go wrong, and how often.
 *
 * @param retries requests of the consumer, by frame
 * @param forgetting of these requests, how many may come from a consumer that forgets its own side
 * @param refusals ADD_STREAM or SET_VBUCKET_STATE refused with ETMPFAIL
 * @param earlyEnds STREAM_END by the producer before its time
 * @param cuts loss of either socket
 * @param silences questions to a node that it does not answer in time
 * @param writes of clients
 * @param impatience time limits that run out although something could still happen
 * @param cancels by the operator
 */
public record Budget(
    int retries,
    int forgetting,
    int refusals,
    int earlyEnds,
    int cuts,
    int silences,
    int writes,
    int impatience,
    int cancels) {

  /** Nothing goes wrong. */
  public static final Budget CALM = new Budget(0, 0, 0, 0, 0, 0, 0, 0, 0);

  Budget less(Fault fault) {
    return new Budget(
        retries - (fault == Fault.RETRY || fault == Fault.FORGETTING_RETRY ? 1 : 0),
        forgetting - (fault == Fault.FORGETTING_RETRY ? 1 : 0),
        refusals - (fault == Fault.REFUSAL ? 1 : 0),
        earlyEnds - (fault == Fault.EARLY_END ? 1 : 0),
        cuts - (fault == Fault.CUT ? 1 : 0),
        silences - (fault == Fault.SILENCE ? 1 : 0),
        writes - (fault == Fault.WRITE ? 1 : 0),
        impatience - (fault == Fault.IMPATIENCE ? 1 : 0),
        cancels - (fault == Fault.CANCEL ? 1 : 0));
  }

  enum Fault {
    RETRY,
    FORGETTING_RETRY,
    REFUSAL,
    EARLY_END,
    CUT,
    SILENCE,
    WRITE,
    IMPATIENCE,
    CANCEL
  }
}

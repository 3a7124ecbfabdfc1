package io.vbucket.rebalance.testkit.stage;

import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What frames show of the states that nodes enter: a node that answers that it did as it was told, and a producer that gets its consumer's
 * consent to {@code pending}, upon which it is dead. A state is told when it changes.
 */
final class ShownStates {
  private record Copy(String node, int vbucket) {}

  private final Map<Copy, Optional<VBucketState>> known = new HashMap<>();

  /** A node was asked for the state of a copy; empty when it has none. */
  synchronized Optional<Seen.OfState> found(String node, int vbucket, Optional<VBucketState> state) {
    Optional<VBucketState> before = known.put(new Copy(node, vbucket), state);
    boolean news = before == null ? state.isPresent() : !before.equals(state);
    return news ? Optional.of(new Seen.OfState(node, vbucket, state.orElse(null))) : Optional.empty();
  }

  /** The state in which a frame's node is, now that it has passed; empty when the frame shows nothing new. */
  Optional<Seen.OfState> shownBy(Seen.OfFrame frame) {
    if (!frame.answer() || frame.status() != Status.SUCCESS || frame.vbucket() < 0) {
      return Optional.empty();
    }
    return switch (frame.opcode()) {
      case Opcode.SET_VBUCKET -> did(frame);
      case Opcode.DEL_VBUCKET -> found(frame.node(), frame.vbucket(), Optional.empty());
      case Opcode.DCP_SET_VBUCKET_STATE -> frame.received() ? consented(frame) : did(frame);
      default -> Optional.empty();
    };
  }

  private Optional<Seen.OfState> did(Seen.OfFrame frame) {
    return frame.state() == null
        ? Optional.empty()
        : found(frame.node(), frame.vbucket(), Optional.of(frame.state()));
  }

  private Optional<Seen.OfState> consented(Seen.OfFrame frame) {
    return frame.state() == VBucketState.PENDING
        ? found(frame.node(), frame.vbucket(), Optional.of(VBucketState.DEAD))
        : Optional.empty();
  }
}

package io.vbucket.rebalance.testkit.script;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One line of a script. Steps are independent of each other and of their order. */
public sealed interface Step {
  Place place();

  /** Every step fires for so many occurrences; {@link Integer#MAX_VALUE}: for all. */
  int count();

  /** It fires for nothing that happened before this; empty: from the beginning. */
  Optional<Trigger> from();

  /** It fires for nothing that happens after this; empty: to the end. */
  Optional<Trigger> before();

  /** When something happens, something is done, at once or a while later. */
  record When(
      Place place, Trigger trigger, int count, Optional<Trigger> from, Optional<Trigger> before, Duration after,
      List<Action> actions)
      implements Step {
    public When {
      actions = List.copyOf(actions);
    }
  }

  /** A frame does not get through as it should. */
  record Intercept(
      Place place, Trigger.FrameSeen pattern, int count, Optional<Trigger> from, Optional<Trigger> before, Fate fate)
      implements Step {}

  /** What becomes of an intercepted frame. */
  sealed interface Fate {
    /** It and what it holds wait until the trigger fires; frames of other kinds overtake it. */
    record HoldUntil(Trigger until) implements Fate {}

    record Drop() implements Fate {}

    /** Delivered twice in a row. */
    record Duplicate() implements Fate {}

    /** It waits for so long. */
    record Delay(Duration by) implements Fate {}

    /** The node does not act on the request; it answers it with this status. */
    record Refuse(int status) implements Fate {}
  }
}

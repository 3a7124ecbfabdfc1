package io.vbucket.rebalance.testkit.explore.model;

/**
 * What the owner of the slots for takeovers thinks of the mover.
 *
 * @param late whether a slot is on its way that the mover has freed before it got it
 */
record Slot(Use use, boolean late) {
  static final Slot NONE = new Slot(Use.NONE, false);

  /** In this order. */
  enum Use {
    NONE,
    WANTED,
    TAKEN
  }

  Slot being(Use next) {
    return new Slot(next, late);
  }

  /** It may have been given before the owner hears that it is free. */
  Slot freed() {
    return new Slot(Use.NONE, late || use == Use.WANTED);
  }

  Slot withoutLate() {
    return new Slot(use, false);
  }

  /** Whether something may come from the owner. */
  boolean isOnItsWay() {
    return late || use == Use.WANTED;
  }
}

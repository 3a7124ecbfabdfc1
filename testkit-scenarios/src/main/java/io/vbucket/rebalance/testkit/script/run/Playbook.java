package io.vbucket.rebalance.testkit.script.run;

import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.script.Trigger;
import io.vbucket.rebalance.testkit.stage.Seen;
import io.vbucket.rebalance.testkit.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Carries a script out while it hears what happens: fires steps, holds and lets go of frames, and follows what must and must not be seen.
 * Thread-safe; what a step does is done outside the lock.
 */
final class Playbook implements Stage.Audience {
  /** A step with what is left of its count. */
  private static final class Line {
    private final Step step;
    private int left;
    private boolean begun;
    private boolean over;
    private final List<Held> held = new ArrayList<>();

    Line(Step step) {
      this.step = step;
      this.left = step.count();
      this.begun = step.from().isEmpty();
    }
  }

  private record Held(String node, Runnable proceed) {}

  private final Scenario scenario;
  private final Stage stage;
  private final Schedule schedule;
  private final Invariants invariants;
  private final List<Line> lines = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private int nextInOrder;
  private int framesSeen;
  private boolean counting;
  /** Set when the script shall do nothing more. */
  private boolean aside;
  /** How often the orchestrator was asked for something that it has yet to answer, or answered. */
  private int asked;

  Playbook(Scenario scenario, Stage stage, Schedule schedule, Invariants invariants) {
    this.scenario = scenario;
    this.stage = stage;
    this.schedule = schedule;
    this.invariants = invariants;
    scenario.steps().forEach(step -> lines.add(new Line(step)));
  }

  /** The orchestrator is asked now: fires what waits for this, and sets the alarms of what waits for a time. */
  void asked() {
    synchronized (this) {
      counting = true;
      asked++;
    }
    for (Line line : lines) {
      if (line.step instanceof Step.When when) {
        if (when.trigger() instanceof Trigger.Asked) {
          fire(when, Trigger.ANY);
        } else if (when.trigger() instanceof Trigger.After after) {
          later(after.time(), () -> fire(when, Trigger.ANY));
        }
      } else if (line.step instanceof Step.Intercept intercept && intercept.fate() instanceof Step.Fate.HoldUntil hold
          && hold.until() instanceof Trigger.After after) {
        later(after.time(), () -> open(line, after));
      }
    }
  }

  @Override
  public void frame(Seen.OfFrame frame, Runnable proceed, IntConsumer refuse) {
    Line by = intercepting(frame);
    if (by == null) {
      pass(frame, proceed);
      return;
    }
    Step.Intercept intercept = (Step.Intercept) by.step;
    schedule.note(frame, intercept.fate());
    if (intercept.fate() instanceof Step.Fate.HoldUntil) {
      boolean kept;
      synchronized (this) {
        // Opened before it came: nothing to wait for any more.
        kept = by.left >= 0;
        if (kept) {
          by.held.add(new Held(frame.node(), () -> pass(frame, proceed)));
        }
      }
      if (!kept) {
        pass(frame, proceed);
      }
    } else if (intercept.fate() instanceof Step.Fate.Duplicate) {
      pass(frame, proceed);
      pass(frame, proceed);
    } else if (intercept.fate() instanceof Step.Fate.Delay delay) {
      stage.later(frame.node(), delay.by(), () -> pass(frame, proceed));
    } else if (intercept.fate() instanceof Step.Fate.Refuse refusal) {
      refuse.accept(refusal.status());
    }
  }

  /** From now on every frame goes its way, those that are held too, and no step fires. */
  void standAside() {
    synchronized (this) {
      aside = true;
    }
    for (Line line : lines) {
      letGo(taken(line));
    }
  }

  /** How many answers there will be to what was asked so far. */
  synchronized int answersDue() {
    return asked;
  }

  private synchronized boolean isAside() {
    return aside;
  }

  private synchronized Line intercepting(Seen.OfFrame frame) {
    if (aside) {
      return null;
    }
    for (Line line : lines) {
      if (line.left > 0 && line.begun && line.step instanceof Step.Intercept intercept
          && Matching.matches(intercept.pattern(), frame)) {
        line.left--;
        return line;
      }
    }
    return null;
  }

  private void pass(Seen.OfFrame frame, Runnable proceed) {
    List<Runnable> consequences = note(frame);
    proceed.run();
    consequences.forEach(Runnable::run);
  }

  @Override
  public void seen(Seen what) {
    note(what).forEach(Runnable::run);
  }

  /** What follows is done after the frame itself, which it may kill. */
  private List<Runnable> note(Seen what) {
    List<Runnable> consequences = new ArrayList<>();
    synchronized (this) {
      schedule.note(what);
      invariants.note(what);
      expect(what);
      boolean counts = counting && what instanceof Seen.OfFrame frame && Schedule.isWorthALine(frame);
      framesSeen += counts ? 1 : 0;
      for (Line line : lines) {
        if (line.step instanceof Step.When when && line.left > 0 && line.begun
            && (Matching.matches(when.trigger(), what) || counts && isNow(when.trigger()))) {
          line.left--;
          consequences.add(() -> fire(when, Matching.vbucketOf(what)));
        } else if (line.step instanceof Step.Intercept intercept && intercept.fate() instanceof Step.Fate.HoldUntil hold
            && Matching.matches(hold.until(), what)) {
          consequences.add(() -> open(line, hold.until()));
        }
        if (line.step.before().filter(before -> Matching.matches(before, what)).isPresent()) {
          line.left = Math.min(line.left, 0);
          line.over = true;
        }
        line.begun |= line.step.from()
            .filter(from -> Matching.matches(from, what) || counts && isNow(from))
            .isPresent();
      }
    }
    return consequences;
  }

  private boolean isNow(Trigger trigger) {
    return trigger instanceof Trigger.Frames frames && frames.count() == framesSeen;
  }

  private void expect(Seen what) {
    List<Trigger> order = scenario.expect().inOrder();
    if (nextInOrder < order.size() && Matching.matches(order.get(nextInOrder), what)) {
      nextInOrder++;
    }
    for (Trigger never : scenario.expect().never()) {
      if (Matching.matches(never, what)) {
        violations.add("never = \"" + never.text() + "\", but it was seen: " + what.text());
      }
    }
  }

  /** Lets go of what the line holds, and holds nothing any more. */
  private void open(Line line, Trigger because) {
    List<Held> released = taken(line);
    if (!released.isEmpty()) {
      schedule.note(
          new Seen.OfScript("let go: " + ((Step.Intercept) line.step).pattern().text() + " (" + because.text() + ")"));
    }
    letGo(released);
  }

  private synchronized List<Held> taken(Line line) {
    List<Held> released = List.copyOf(line.held);
    line.held.clear();
    line.left = -1;
    return released;
  }

  private void letGo(List<Held> released) {
    released.forEach(held -> stage.onNode(held.node(), held.proceed()));
  }

  private void fire(Step.When when, int vbucket) {
    if (when.after().isZero()) {
      carryOut(when.actions(), vbucket);
    } else {
      later(when.after(), () -> carryOut(when.actions(), vbucket));
    }
  }

  private void later(Duration delay, Runnable task) {
    stage.later(scenario.cluster().nodes().get(0), delay, task);
  }

  private void carryOut(List<Action> actions, int vbucket) {
    for (Action action : actions) {
      if (isAside()) {
        return;
      }
      count(action);
      int about = vbucket;
      if (about < 0 && scenario.ask() instanceof io.vbucket.rebalance.testkit.script.Ask.OneMove move) {
        about = move.vbucket();
      }
      schedule.note(new Seen.OfScript(text(action)));
      stage.act(action, about);
    }
  }

  /** An orchestrator that is killed answers nothing more; one that is started again is asked again. */
  private synchronized void count(Action action) {
    if (action instanceof Action.AskAgain || action instanceof Action.RestartOrchestrator) {
      asked++;
    } else if (action instanceof Action.KillOrchestrator) {
      asked--;
    }
  }

  private static String text(Action action) {
    return action.toString().replaceAll("vbucket=-1(, )?", "").replace(", ]", "]");
  }

  /** What was expected of the order, the absence and the script itself, and did not come. */
  synchronized List<String> unmet() {
    List<String> unmet = new ArrayList<>(violations);
    List<Trigger> order = scenario.expect().inOrder();
    if (nextInOrder < order.size()) {
      unmet.add("in-order: \"" + order.get(nextInOrder).text() + "\" was not seen"
          + (nextInOrder == 0 ? "" : " after \"" + order.get(nextInOrder - 1).text() + "\""));
    }
    for (Line line : lines) {
      // A script whose step never came shows nothing, however green it is.
      if (line.left == line.step.count() && !line.over && !isTimed(line.step)) {
        unmet.add(line.step.place() + ": this step never fired: " + trigger(line.step).text());
      }
    }
    return unmet;
  }

  private static boolean isTimed(Step step) {
    return step instanceof Step.When when
        && (when.trigger() instanceof Trigger.Asked || when.trigger() instanceof Trigger.After
            || when.trigger() instanceof Trigger.Frames);
  }

  private static Trigger trigger(Step step) {
    return step instanceof Step.When when ? when.trigger() : ((Step.Intercept) step).pattern();
  }
}

package io.vbucket.rebalance.testkit.chaos;

import com.typesafe.config.ConfigFactory;
import io.vbucket.rebalance.testkit.script.Action;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import io.vbucket.rebalance.testkit.script.EventKind;
import io.vbucket.rebalance.testkit.script.Expectations;
import io.vbucket.rebalance.testkit.script.Expectations.Outcome;
import io.vbucket.rebalance.testkit.script.Place;
import io.vbucket.rebalance.testkit.script.Scenario;
import io.vbucket.rebalance.testkit.script.Step;
import io.vbucket.rebalance.testkit.script.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What one seed stands for: a cluster, a rebalance, and what goes wrong while it runs. When the rebalance has ended, nothing goes wrong any
 * more; all nodes are back, what was left is repaired, and the same rebalance is asked for once more: then it must be complete.
 *
 * @param seed of this plan, and of everything that is chosen while it is played
 * @param takeoversPerNode how many takeovers may be under way on a node at a time; 0 for any number
 */
public record ChaosPlan(long seed, ClusterShape cluster, Ask ask, int takeoversPerNode, List<Fault> faults) {
  /** Everything must have settled within so much virtual time, from the first request to the last answer. */
  public static final Duration SETTLED_WITHIN = Duration.ofMinutes(30);

  private static final List<String> NAMES = List.of("a", "b", "c", "d");
  private static final int MOST_FAULTS = 10;
  private static final int FRAMES_OF_A_MOVE = 40;
  private static final Duration A_MOMENT = Duration.ofSeconds(1);
  /** Repairing takes no longer, when all nodes answer. */
  private static final Duration REPAIR_TIME = Duration.ofSeconds(10);

  public ChaosPlan {
    faults = List.copyOf(faults);
  }

  /** The plan of a seed: always the same. */
  public static ChaosPlan of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> nodes = NAMES.subList(0, random.nextInt(3, 5));
    String last = nodes.get(nodes.size() - 1);
    Ask ask = switch (random.nextInt(3)) {
      case 0 -> new Ask.Rebalance(Set.of(last), Set.of());
      case 1 -> new Ask.Rebalance(Set.of(), Set.of(last));
      default -> new Ask.Rebalance(Set.of(last), Set.of(nodes.get(0)));
    };
    boolean adds = !((Ask.Rebalance) ask).add().isEmpty();
    List<String> members = adds ? nodes.subList(0, nodes.size() - 1) : nodes;
    int vbuckets = random.nextInt(4, 17);
    List<String> owners = new ArrayList<>();
    for (int vbucket = 0; vbucket < vbuckets; vbucket++) {
      owners.add(members.get(vbucket % members.size()));
    }
    Map<String, String> versions = new HashMap<>();
    String version = random.nextBoolean() ? "6.0" : "7.6";
    nodes.forEach(node -> versions.put(node, version));
    ClusterShape shape = ClusterShape.withoutReplicas(
        nodes, members, random.nextInt(2, 8), random.nextInt(0, 3), 10_000, versions, owners);
    FaultChoice choice =
        new FaultChoice(random, nodes, vbuckets, FRAMES_OF_A_MOVE * Math.max(2, vbuckets / members.size()));
    List<Fault> faults = new ArrayList<>();
    int count = random.nextInt(2, MOST_FAULTS + 1);
    for (int i = 0; i < count; i++) {
      faults.add(choice.next());
    }
    return new ChaosPlan(seed, shape, ask, 0, faults);
  }

  /** The same without some of its faults. */
  public ChaosPlan with(List<Fault> fewer) {
    return new ChaosPlan(seed, cluster, ask, takeoversPerNode, fewer);
  }

  /** The same where takeovers are limited. */
  public ChaosPlan limitedTo(int takeovers) {
    return new ChaosPlan(seed, cluster, ask, takeovers, faults);
  }

  /** As a stage plays it. */
  public Scenario scenario() {
    boolean mayLose = faults.stream().anyMatch(Fault::losesData);
    Duration over = faults.stream().map(Fault::lasts).max(Duration::compareTo).orElse(Duration.ZERO).plus(A_MOMENT);
    Place place = new Place("chaos", 0);
    List<Step> steps = new ArrayList<>();
    faults.forEach(fault -> steps.addAll(fault.steps()));
    Trigger ended = new Trigger.EventTold(EventKind.REBALANCE_ENDED, Trigger.ANY, Trigger.ANY);
    steps.add(new Step.When(
        place, ended, 1, Optional.empty(), Optional.empty(), over, List.of(new Action.Repair())));
    steps.add(new Step.When(
        place, ended, 1, Optional.empty(), Optional.empty(), over.plus(REPAIR_TIME), List.of(new Action.AskAgain())));
    Expectations expect = new Expectations(
        Optional.of(Outcome.ENDED),
        Optional.of(mayLose ? Outcome.ENDED : Outcome.MOVED),
        Optional.empty(),
        Map.of(),
        Map.of(),
        Map.of(),
        mayLose,
        List.of(),
        List.of(),
        Optional.of(SETTLED_WITHIN),
        Map.of());
    return new Scenario(
        place, "seed " + seed, Map.of(), List.of(), "", Set.of("simulated"), cluster,
        ConfigFactory.parseMap(Map.of("move.takeovers-per-node", takeoversPerNode)), ask, steps,
        expect, Optional.empty());
  }

  /** In words. */
  public String text() {
    return cluster.nodes().size() + " nodes like " + cluster.versions().get("a") + ", " + cluster.vbuckets()
        + " vBuckets, " + cluster.writers() + " writers, " + ask
        + (takeoversPerNode == 0 ? "" : ", takeovers per node: " + takeoversPerNode);
  }
}

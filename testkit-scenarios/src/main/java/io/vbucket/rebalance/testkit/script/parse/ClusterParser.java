package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.vbucket.rebalance.testkit.script.Ask;
import io.vbucket.rebalance.testkit.script.ClusterShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code cluster} and {@code ask}, which belong together: who owns what at the beginning follows from what is asked. */
final class ClusterParser {
  private static final List<String> KEYS =
      List.of("nodes", "vbuckets", "items-per-vbucket", "writers", "window-bytes", "version", "owners");
  private static final List<String> VERSIONS = List.of("6.0", "7.6");
  private static final int DEFAULT_WINDOW_BYTES = 10 * 1024 * 1024;
  private static final String NAME = "[a-z][a-z0-9-]{0,30}";

  private final Entries script;
  private final Mistakes mistakes;

  ClusterParser(Entries script) {
    this.script = script;
    this.mistakes = script.mistakes;
  }

  record Parsed(ClusterShape cluster, Ask ask) {}

  /** Empty when a mistake makes it pointless to look at the rest. */
  Optional<Parsed> parse() {
    Optional<Entries> inner = script.inner("cluster", KEYS);
    if (inner.isEmpty()) {
      if (!script.has("cluster")) {
        mistakes.add(script.object, "the script lacks cluster { nodes = [a, b], ... }");
      }
      return Optional.empty();
    }
    Entries cluster = inner.get();
    List<String> nodes = nodes(cluster);
    int vbuckets = cluster.number("vbuckets", 1, 1024).orElse(4);
    if (nodes.isEmpty()) {
      return Optional.empty();
    }
    Optional<Ask> asked = ask(nodes, vbuckets);
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    Ask ask = asked.get();
    Set<String> added = ask instanceof Ask.Rebalance rebalance ? rebalance.add() : Set.of();
    List<String> members = nodes.stream().filter(node -> !added.contains(node)).toList();
    if (members.isEmpty()) {
      mistakes.add(script.value("ask"), "no node owns anything: all of " + nodes + " are to be added");
      return Optional.empty();
    }
    ClusterShape shape = new ClusterShape(
        nodes,
        members,
        vbuckets,
        cluster.number("items-per-vbucket", 0, 100_000).orElse(20),
        cluster.number("writers", 0, 64).orElse(1),
        cluster.number("window-bytes", 1, Integer.MAX_VALUE).orElse(DEFAULT_WINDOW_BYTES),
        versions(cluster, nodes),
        owners(cluster, nodes, members, vbuckets, ask));
    return Optional.of(new Parsed(shape, ask));
  }

  private List<String> nodes(Entries cluster) {
    List<String> nodes = new ArrayList<>();
    for (String name : cluster.texts("nodes")) {
      if (!name.matches(NAME) || name.equals("any")) {
        mistakes.add(cluster.value("nodes"),
            "node " + name + ": expected a short name of small letters and digits, not \"any\"");
      } else if (nodes.contains(name)) {
        mistakes.add(cluster.value("nodes"), "node " + name + " is named twice");
      } else {
        nodes.add(name);
      }
    }
    if (!cluster.has("nodes") || nodes.size() < 2) {
      mistakes.add(cluster.has("nodes") ? cluster.value("nodes") : script.value("cluster"),
          "cluster needs at least two nodes, such as nodes = [a, b]");
      return List.of();
    }
    return nodes;
  }

  private Map<String, String> versions(Entries cluster, List<String> nodes) {
    Map<String, String> versions = new HashMap<>();
    nodes.forEach(node -> versions.put(node, "7.6"));
    ConfigValue value = cluster.value("version");
    if (value instanceof ConfigObject byNode) {
      byNode.forEach((node, version) -> {
        if (nodes.contains(node)) {
          versions.put(node, version(version));
        } else {
          mistakes.add(version, "no node " + node + "; " + Words.hint(node, nodes));
        }
      });
    } else if (value != null) {
      nodes.forEach(node -> versions.put(node, version(value)));
    }
    return versions;
  }

  private String version(ConfigValue value) {
    String text = String.valueOf(value.unwrapped());
    String version = text.equals("6") ? "6.0" : text;
    if (!VERSIONS.contains(version)) {
      mistakes.add(value, "version " + text + ": expected " + String.join(" or ", VERSIONS));
    }
    return version;
  }

  private Optional<Ask> ask(List<String> nodes, int vbuckets) {
    Optional<Entries> inner = script.inner("ask", List.of("move", "moves", "rebalance"));
    if (inner.isEmpty() || inner.get().object.size() != 1) {
      mistakes.add(script.has("ask") ? script.value("ask") : script.object,
          "the script needs ask { move { vbucket, from, to } }, ask { moves { 0 = b, 1 = b } } or ask { rebalance { add, remove } }");
      return Optional.empty();
    }
    Optional<Entries> move = inner.get().inner("move", List.of("vbucket", "from", "to"));
    if (move.isPresent()) {
      return move(move.get(), nodes, vbuckets);
    }
    if (inner.get().has("moves")) {
      return moves(inner.get().value("moves"), nodes, vbuckets);
    }
    return inner.get().inner("rebalance", List.of("add", "remove")).map(entries -> {
      Set<String> add = known(entries, "add", nodes);
      Set<String> remove = known(entries, "remove", nodes);
      add.stream().filter(remove::contains).forEach(
          node -> mistakes.add(entries.value("remove"), "node " + node + " is to be added and removed: choose one"));
      return new Ask.Rebalance(add, remove);
    });
  }

  private Optional<Ask> moves(ConfigValue value, List<String> nodes, int vbuckets) {
    Map<Integer, String> owners = new HashMap<>();
    boolean right =
        value instanceof ConfigObject object && !object.isEmpty() && object.entrySet().stream().allMatch(entry -> {
          String node = String.valueOf(entry.getValue().unwrapped());
          boolean known =
              entry.getKey().matches("\\d{1,4}") && Integer.parseInt(entry.getKey()) < vbuckets && nodes.contains(node);
          if (known) {
            owners.put(Integer.parseInt(entry.getKey()), node);
          }
          return known;
        });
    if (!right) {
      mistakes.add(value, "moves = " + Entries.shown(value) + ": expected vBuckets from 0 to " + (vbuckets - 1)
          + " and their new owners, such as moves { 0 = b, 1 = b }; nodes are " + String.join(", ", nodes));
      return Optional.empty();
    }
    return Optional.of(new Ask.Moves(owners));
  }

  private Optional<Ask> move(Entries move, List<String> nodes, int vbuckets) {
    String from = node(move, "from", nodes);
    String to = node(move, "to", nodes);
    Optional<Integer> vbucket = move.number("vbucket", 0, vbuckets - 1);
    if (vbucket.isEmpty() && !move.has("vbucket")) {
      mistakes.add(move.object, "move lacks vbucket");
    }
    if (from.equals(to) && !from.isEmpty()) {
      mistakes.add(move.value("to"), "a move from " + from + " to itself");
    }
    return from.isEmpty() || to.isEmpty() || vbucket.isEmpty()
        ? Optional.empty()
        : Optional.of(new Ask.OneMove(vbucket.get(), from, to));
  }

  private String node(Entries entries, String key, List<String> nodes) {
    String name = entries.needText(key);
    if (!name.isEmpty() && !nodes.contains(name)) {
      mistakes.add(entries.value(key), "no node " + name + "; " + Words.hint(name, nodes));
      return "";
    }
    return name;
  }

  private Set<String> known(Entries entries, String key, List<String> nodes) {
    Set<String> known = new LinkedHashSet<>();
    for (ConfigValue value : entries.list(key)) {
      String name = String.valueOf(value.unwrapped());
      if (nodes.contains(name)) {
        known.add(name);
      } else {
        mistakes.add(value, "no node " + name + "; " + Words.hint(name, nodes));
      }
    }
    return known;
  }

  /** Round robin over the members, but the vBucket that moves belongs to its source. */
  private List<String> owners(Entries cluster, List<String> nodes, List<String> members, int vbuckets, Ask ask) {
    String[] owners = new String[vbuckets];
    for (int vbucket = 0; vbucket < vbuckets; vbucket++) {
      owners[vbucket] = members.get(vbucket % members.size());
    }
    if (ask instanceof Ask.OneMove move) {
      owners[move.vbucket()] = move.from();
    }
    if (cluster.value("owners") instanceof ConfigObject given) {
      given.forEach((key, value) -> {
        String owner = String.valueOf(value.unwrapped());
        int vbucket = key.matches("\\d{1,4}") ? Integer.parseInt(key) : -1;
        if (vbucket < 0 || vbucket >= vbuckets) {
          mistakes.add(value, "owners: vbucket " + key + ": expected 0 to " + (vbuckets - 1));
        } else if (!nodes.contains(owner)) {
          mistakes.add(value, "no node " + owner + "; " + Words.hint(owner, nodes));
        } else if (ask instanceof Ask.OneMove move && move.vbucket() == vbucket && !move.from().equals(owner)) {
          mistakes.add(value, "vbucket " + key + " moves from " + move.from() + ", so " + move.from() + " must own it");
        } else {
          owners[vbucket] = owner;
        }
      });
    } else if (cluster.has("owners")) {
      mistakes.add(cluster.value("owners"), "expected owners { 0 = a, 1 = b }");
    }
    return List.of(owners);
  }
}

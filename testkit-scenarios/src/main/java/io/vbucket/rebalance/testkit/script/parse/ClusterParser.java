package io.vbucket.rebalance.testkit.script.parse;

import com.typesafe.config.ConfigList;
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
      List.of("nodes", "vbuckets", "items-per-vbucket", "writers", "window-bytes", "version", "owners", "replicas",
          "chains",
          "keep-replicating");
  private static final List<String> VERSIONS = List.of("6.0", "7.6");
  private static final int MOST_REPLICAS = 3;
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
    int replicas = cluster.number("replicas", 0, MOST_REPLICAS).orElse(0);
    Optional<Ask> asked = ask(nodes, vbuckets, replicas);
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
        chains(cluster, members, replicas, ask, owners(cluster, nodes, members, vbuckets, ask)),
        keepsReplicating(cluster, replicas));
    return Optional.of(new Parsed(shape, ask));
  }

  private List<String> nodes(Entries cluster) {
    List<String> nodes = new ArrayList<>();
    for (String name : cluster.texts("nodes")) {
      if (!name.matches(NAME) || name.equals("any") || name.equals(ChainParser.HOLE)) {
        mistakes.add(cluster.value("nodes"), "node " + name
            + ": expected a short name of small letters and digits, neither \"any\" nor \"" + ChainParser.HOLE + "\"");
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

  private Optional<Ask> ask(List<String> nodes, int vbuckets, int replicas) {
    Optional<Entries> inner = script.inner("ask", List.of("move", "moves", "rebalance"));
    if (inner.isEmpty() || inner.get().object.size() != 1) {
      mistakes.add(script.has("ask") ? script.value("ask") : script.object,
          "the script needs ask { move { vbucket, from, to } }, ask { moves { 0 = b, 1 = b } }, ask { moves { 0 = [b, a] } }"
              + " or ask { rebalance { add, remove } }");
      return Optional.empty();
    }
    Optional<Entries> move = inner.get().inner("move", List.of("vbucket", "from", "to"));
    if (move.isPresent()) {
      return move(move.get(), nodes, vbuckets);
    }
    if (inner.get().has("moves")) {
      ConfigValue moves = inner.get().value("moves");
      return isOfChains(moves) ? chains(moves, nodes, vbuckets, replicas) : moves(moves, nodes, vbuckets);
    }
    return inner.get().inner("rebalance", List.of("add", "remove")).map(entries -> {
      Set<String> add = known(entries, "add", nodes);
      Set<String> remove = known(entries, "remove", nodes);
      add.stream().filter(remove::contains).forEach(
          node -> mistakes.add(entries.value("remove"), "node " + node + " is to be added and removed: choose one"));
      return new Ask.Rebalance(add, remove);
    });
  }

  private static boolean isOfChains(ConfigValue moves) {
    return moves instanceof ConfigObject object && object.values().stream().anyMatch(ConfigList.class::isInstance);
  }

  private Optional<Ask> chains(ConfigValue moves, List<String> nodes, int vbuckets, int replicas) {
    Map<Integer, List<String>> chains =
        new ChainParser(mistakes, nodes, vbuckets, replicas).chains("moves", moves);
    return chains.isEmpty() ? Optional.empty() : Optional.of(new Ask.Chains(chains));
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
          + " and their new owners or chains, such as moves { 0 = b, 1 = b } or moves { 0 = [b, a] }; nodes are "
          + String.join(", ", nodes));
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

  /** As they are given; otherwise the members that follow the owner hold the replicas. */
  private List<List<String>> chains(
      Entries cluster, List<String> members, int replicas, Ask ask, List<String> owners) {
    Map<Integer, List<String>> given = cluster.has("chains")
        ? new ChainParser(mistakes, members, owners.size(), replicas).chains("chains", cluster.value("chains"))
        : Map.of();
    if (replicas >= members.size() && given.size() < owners.size()) {
      mistakes.add(cluster.value("replicas"), "replicas = " + replicas + ": expected at most " + (members.size() - 1)
          + ", since " + members.size()
          + " nodes hold copies at the beginning; or say every chain, with holes: chains { 0 = ["
          + members.get(0) + ", " + ChainParser.HOLE + "], ... }");
      return owners.stream().map(List::of).toList();
    }
    List<List<String>> chains = new ArrayList<>();
    for (int vbucket = 0; vbucket < owners.size(); vbucket++) {
      List<String> chain = given.get(vbucket);
      chains.add(chain == null ? followed(owners.get(vbucket), members, replicas) : chain);
      checkOwner(cluster, vbucket, chain, ask);
    }
    return chains;
  }

  private static List<String> followed(String owner, List<String> members, int replicas) {
    List<String> chain = new ArrayList<>(List.of(owner));
    int place = members.indexOf(owner);
    for (int i = 1; i <= replicas; i++) {
      chain.add(members.get((place + i) % members.size()));
    }
    return chain;
  }

  private void checkOwner(Entries cluster, int vbucket, List<String> chain, Ask ask) {
    if (chain == null) {
      return;
    }
    ConfigValue at = ((ConfigObject) cluster.value("chains")).get(Integer.toString(vbucket));
    if (cluster.value("owners") instanceof ConfigObject owners && owners.containsKey(Integer.toString(vbucket))) {
      mistakes.add(at, "vbucket " + vbucket + " stands in owners and in chains: choose one");
    }
    if (ask instanceof Ask.OneMove move && move.vbucket() == vbucket && !move.from().equals(chain.get(0))) {
      mistakes.add(at,
          "vbucket " + vbucket + " moves from " + move.from() + ", so " + move.from() + " must be its active");
    }
  }

  private boolean keepsReplicating(Entries cluster, int replicas) {
    Optional<String> word = cluster.text("keep-replicating");
    if (word.isPresent() && !List.of("true", "false").contains(word.get())) {
      mistakes.add(cluster.value("keep-replicating"),
          "keep-replicating = " + word.get() + ": expected true or false");
    }
    boolean keeps = word.filter("true"::equals).isPresent();
    if (keeps && replicas == 0) {
      mistakes.add(cluster.value("keep-replicating"),
          "keep-replicating without replicas: expected replicas = 1 to " + MOST_REPLICAS);
    }
    return keeps;
  }
}

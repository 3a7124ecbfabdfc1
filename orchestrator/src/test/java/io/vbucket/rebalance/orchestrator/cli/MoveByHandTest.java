package io.vbucket.rebalance.orchestrator.cli;

import static io.vbucket.rebalance.orchestrator.cli.RebalanceCliTest.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MoveByHandTest {
  private static final Map<String, Integer> AS_BEFORE = Map.of("n1", 4, "n2", 4, "n3", 4, "n4", 0);

  @TempDir
  Path folder;

  private Program program;
  private MemoryCluster cluster;

  @BeforeEach
  void fourNodes() throws IOException {
    cluster = new MemoryCluster(4, 3, 12);
    program = new Program(folder, cluster);
  }

  @Test
  void just_the_named_vbuckets_move_and_the_map_says_so_afterwards() throws IOException {
    Program.Result result = program.on("run", "--move", "7=n4,0-1=n3", "--move", "2=n1", "--json", program.json());

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(program.figures().at("/moved").asInt()).isEqualTo(4);
    assertThat(cluster.actives()).isEqualTo(Map.of("n1", 4, "n2", 2, "n3", 5, "n4", 1));
    assertThat(program.on("verify").exitCode()).isZero();
    program.on("plan", "--move", "7=n1", "--json", program.json());
    assertThat(program.figures().at("/chains").toString()).isEqualTo(
        "[[\"n3\"],[\"n3\"],[\"n1\"],[\"n1\"],[\"n2\"],[\"n3\"],[\"n1\"],[\"n1\"],[\"n3\"],[\"n1\"],[\"n2\"],[\"n3\"]]");
  }

  @Test
  void a_plan_of_moves_by_hand_tells_just_these_and_changes_nothing() {
    Program.Result result = program.on("plan", "--move", "7=n4");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).startsWith(lines("1 move", "  n2 -> n4                       1"));
    assertThat(cluster.actives()).isEqualTo(AS_BEFORE);
  }

  @Test
  void what_is_where_it_shall_be_is_not_moved() {
    Program.Result result = program.on("run", "--move", "0=n1", "--quiet");

    assertThat(result).isEqualTo(new Program.Result(0, lines("nothing to move: all is as it was asked for"), ""));
  }

  @Test
  void a_vbucket_that_the_bucket_does_not_have_is_refused_and_none_is_moved() {
    Program.Result result = program.on("run", "--move", "7=n4,12=n4");

    assertThat(result)
        .isEqualTo(new Program.Result(3, "",
            lines("rebalance: vb:12 is not in bucket travel, which has 12 vBuckets")));
    assertThat(cluster.actives()).isEqualTo(AS_BEFORE);
  }

  @Test
  void what_makes_no_sense_is_wrong_usage_and_says_what_was_expected() {
    assertWrong("--move to n9: no such node in " + program.clusterFile() + ", which has n1, n2, n3, n4", "7=n9");
    assertWrong("--move n4: expected VBUCKET=NODE, such as 17=n4 or 0-15=n4", "n4");
    assertWrong("--move 7=: expected VBUCKET=NODE, such as 17=n4 or 0-15=n4", "7=");
    assertWrong("--move 'x': expected the number of a vBucket such as 17, or a range such as 0-15", "x=n4");
    assertWrong("--move '5-3': the range ends before it begins; write 3-5", "5-3=n4");
    assertWrong("--move '0-65536': vBuckets have numbers from 0 to 65535", "0-65536=n4");
    assertWrong("--move: vBucket 3 cannot go to n4 and to n1; say one of them", "0-3=n4,3=n1");
  }

  @Test
  void moves_by_hand_go_alone() {
    for (String[] other : new String[][] {{"--add", "n4"}, {"--remove", "n1"}, {"--replicas", "1"},
      {"--group", "n1=east"}}) {
      assertWrong("--move goes alone: it moves these vBuckets and no others", "7=n4", other);
    }
    assertWrong("--fail-over goes alone", "7=n4", "--fail-over", "n1");
    assertWrong("--plan says already what to do: leave out --add, --remove, --move", "7=n4", "--plan", "plan.json");
    assertThat(program.execute("plan", "--input", "none.json", "--move", "7=n4").err())
        .contains("--input plans without a cluster; leave out");
  }

  @Test
  void of_several_buckets_one_must_be_chosen() throws IOException {
    MemoryCluster orders = new MemoryCluster("orders", 4, 3, 12);
    program.severalBuckets("buckets = [travel, orders]", Map.of("travel", cluster, "orders", orders));

    assertWrong("--move is for one bucket, and " + program.clusterFile()
        + " names travel, orders; choose one with --bucket", "7=n4");
    assertThat(program.on("run", "--move", "7=n4", "--bucket", "orders").exitCode()).isZero();
    assertThat(orders.actives()).isEqualTo(Map.of("n1", 4, "n2", 3, "n3", 4, "n4", 1));
    assertThat(cluster.actives()).isEqualTo(AS_BEFORE);
  }

  @Test
  void numbers_and_ranges_are_read_with_both_their_ends() {
    assertThat(VBucketNumbers.parse("--move", "17")).containsExactly(17);
    assertThat(VBucketNumbers.parse("--move", " 65533-65535")).containsExactly(65_533, 65_534, 65_535);
    assertThat(VBucketNumbers.parse("--move", "3-3")).containsExactly(3);
    assertThatThrownBy(() -> VBucketNumbers.parse("--move", "-1"))
        .hasMessageStartingWith("--move '-1': expected the number");
  }

  private void assertWrong(String message, String moves, String... more) {
    Object[] options = new Object[more.length + 2];
    options[0] = "--move";
    options[1] = moves;
    System.arraycopy(more, 0, options, 2, more.length);
    Program.Result result = program.on("run", options);
    assertThat(result.err()).startsWith("rebalance: " + message);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(cluster.actives()).isEqualTo(AS_BEFORE);
  }
}

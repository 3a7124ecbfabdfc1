package io.vbucket.rebalance.orchestrator.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.protocol.Dcp.FailoverEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CopyHistoryTest {
  private final Map<String, CopyHistory> copies = new LinkedHashMap<>();

  /** @param log uuid and seqno of each entry, newest first */
  private CopyHistoryTest copy(String node, long highSeqno, long... log) {
    List<FailoverEntry> entries = new ArrayList<>();
    for (int i = 0; i < log.length; i += 2) {
      entries.add(new FailoverEntry(log[i], log[i + 1]));
    }
    copies.put(node, new CopyHistory(entries, highSeqno));
    return this;
  }

  @Test
  void of_one_history_the_copy_with_the_most_changes_is_the_most_advanced() {
    copy("a", 10, 1, 0).copy("b", 12, 1, 0).copy("c", 11, 1, 0);

    assertThat(CopyHistory.mostAdvanced(copies)).isEqualTo("b");
  }

  @Test
  void a_copy_that_a_failover_left_behind_is_not_promoted_though_it_has_more_changes() {
    copy("left behind", 50, 1, 0).copy("went on", 12, 2, 10, 1, 0);

    assertThat(CopyHistory.mostAdvanced(copies)).isEqualTo("went on");
  }

  @Test
  void of_copies_that_are_equal_the_first_in_the_chain_is_taken() {
    copy("b", 10, 1, 0).copy("a", 10, 1, 0);

    assertThat(CopyHistory.mostAdvanced(copies)).isEqualTo("b");
  }

  @Test
  void of_histories_that_know_nothing_of_each_other_the_one_with_more_changes_is_taken() {
    copy("empty", 0, 7, 0).copy("full", 10, 1, 0);

    assertThat(CopyHistory.mostAdvanced(copies)).isEqualTo("full");
  }

  @Test
  void a_history_is_read_from_a_nodes_stats() {
    Map<String, String> stats = Map.of(
        "vb_7:num_entries", "2", "vb_7:0:id", "18446744073709551615", "vb_7:0:seq", "10", "vb_7:1:id", "1",
        "vb_7:1:seq",
        "0");

    assertThat(CopyHistory.of(7, stats, 12))
        .isEqualTo(new CopyHistory(List.of(new FailoverEntry(-1, 10), new FailoverEntry(1, 0)), 12));
    assertThatThrownBy(() -> CopyHistory.of(8, stats, 12)).hasMessageContaining("vb:8 has no failover log");
  }
}

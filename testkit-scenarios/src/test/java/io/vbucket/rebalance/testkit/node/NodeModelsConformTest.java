package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;

/**
 * The explorer's node models are what it says of real nodes: the same random commands go to a model and to an embedded node, and after each the frames
 * that they sent, their streams and the states of their copies are the same.
 */
class NodeModelsConformTest {
  /** Of the others too little was seen for a model. */
  @Provide
  Arbitrary<NodeVersion> recorded() {
    return Arbitraries.of(NodeVersion.RECORDED);
  }

  @Property(tries = 3_000, seed = "20261125", shrinking = ShrinkingMode.BOUNDED)
  void a_source_does_what_the_embedded_node_does(
      @ForAll("recorded") NodeVersion version, @ForAll @Size(min = 10, max = 40) List<SourcePair.Command> commands) {
    SourcePair pair = new SourcePair(version);
    boolean takenOver = false;
    for (SourcePair.Command command : commands) {
      pair.both(command);
      assertThat(pair.ofModel()).as("%s after %s: the model", command, pair.history()).isEqualTo(pair.ofNode());
      takenOver |= command == SourcePair.Command.ANSWER_STATE && pair.ofNode().state().equals("dead")
          && pair.ofNode().streams();
    }
    reaches("dead by takeover", takenOver);
  }

  @Property(tries = 3_000, seed = "20261125", shrinking = ShrinkingMode.BOUNDED)
  void a_destination_does_what_the_embedded_node_does(
      @ForAll("recorded") NodeVersion version,
      @ForAll @Size(min = 10, max = 40) List<DestinationPair.Command> commands) {
    DestinationPair pair = new DestinationPair(version);
    boolean takenOver = false;
    for (DestinationPair.Command command : commands) {
      pair.both(command);
      assertThat(pair.ofModels()).as("%s after %s: one of what the model may do", command, pair.history())
          .contains(pair.ofNode());
      pair.follow();
      takenOver |= pair.ofNode().state().equals("active");
    }
    reaches("active by takeover", takenOver);
  }

  /** Random commands that never get that far would show nothing. */
  private static void reaches(String what, boolean reached) {
    Statistics.label(what).collect(reached);
    Statistics.label(what).coverage(coverage -> coverage.check(true).percentage(share -> share > 3));
  }
}

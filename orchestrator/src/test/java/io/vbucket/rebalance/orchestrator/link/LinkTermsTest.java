package io.vbucket.rebalance.orchestrator.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.orchestrator.net.ErrorMap;
import io.vbucket.rebalance.orchestrator.net.NodeConnection.Agreed;
import io.vbucket.rebalance.orchestrator.net.NodeTraits;
import io.vbucket.rebalance.protocol.Session.Feature;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LinkTermsTest {
  private static final Agreed NEW_CONSUMER =
      agreed(0x124, Feature.XATTR, Feature.JSON, Feature.SNAPPY, Feature.COLLECTIONS, Feature.ALT_REQUEST);
  private static final Agreed NEW_PRODUCER =
      agreed(0x125, Feature.XATTR, Feature.JSON, Feature.SNAPPY, Feature.COLLECTIONS);
  private static final Agreed OLD_PRODUCER = agreed(0x25, Feature.XATTR, Feature.JSON, Feature.SNAPPY);

  private static Agreed agreed(int flags, Integer... features) {
    return new Agreed(Set.of(features), NodeTraits.NEWEST, ErrorMap.NONE, "", flags);
  }

  @Test
  void nodes_of_one_kind_match_whatever_else_they_grant() {
    assertThat(LinkTerms.match(NEW_CONSUMER, NEW_PRODUCER)).isTrue();
  }

  @Test
  void a_consumer_with_collections_does_not_match_a_producer_without() {
    assertThat(LinkTerms.match(NEW_CONSUMER, OLD_PRODUCER)).isFalse();
  }

  @Test
  void flags_must_match_but_for_the_role() {
    assertThat(LinkTerms.match(agreed(0x24, Feature.XATTR), agreed(0x125, Feature.XATTR))).isFalse();
    assertThat(LinkTerms.match(agreed(0x24, Feature.XATTR), agreed(0x25, Feature.XATTR))).isTrue();
  }

  @Test
  void are_narrowed_to_what_both_know() {
    LinkTerms narrow = LinkTerms.ALL.narrowedTo(NEW_CONSUMER, OLD_PRODUCER);
    assertThat(narrow.features()).contains(Feature.XATTR, Feature.JSON, Feature.SNAPPY, Feature.ALT_REQUEST)
        .doesNotContain(Feature.COLLECTIONS);
    assertThat(narrow.dcpFlags()).isEqualTo(0x24);
  }
}

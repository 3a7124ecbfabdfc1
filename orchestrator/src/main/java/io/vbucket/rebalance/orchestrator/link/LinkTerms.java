package io.vbucket.rebalance.orchestrator.link;

import io.vbucket.rebalance.orchestrator.net.ConnectRequest;
import io.vbucket.rebalance.orchestrator.net.NodeConnection;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Session.Feature;
import java.util.Set;
import java.util.TreeSet;

/**
 * What both connections of a link must have alike, since it decides how documents look on the wire: a consumer that believes keys to begin
 * with a collection would misread those of a producer that has none.
 *
 * @param features asked for on both connections
 * @param dcpFlags with which DCP is opened, but for the flag that makes a producer
 */
record LinkTerms(Set<Integer> features, int dcpFlags) {
  /** To begin with; the link falls back to what both nodes know. */
  static final LinkTerms ALL = new LinkTerms(
      ConnectRequest.DCP_FEATURES, Dcp.Open.XATTR | Dcp.Open.DELETE_TIMES | Dcp.Open.DELETED_USER_XATTRS);

  private static final Set<Integer> OF_DOCUMENTS =
      Set.of(Feature.XATTR, Feature.SNAPPY, Feature.JSON, Feature.COLLECTIONS);

  LinkTerms {
    features = Set.copyOf(features);
  }

  /** Whether both sides got the same, as far as documents are concerned. */
  static boolean match(NodeConnection.Agreed consumer, NodeConnection.Agreed producer) {
    return ofDocuments(consumer.features()).equals(ofDocuments(producer.features()))
        && withoutRole(consumer.dcpFlags()) == withoutRole(producer.dcpFlags());
  }

  /** What both sides know. */
  LinkTerms narrowedTo(NodeConnection.Agreed consumer, NodeConnection.Agreed producer) {
    Set<Integer> fewer = new TreeSet<>(features);
    OF_DOCUMENTS.stream()
        .filter(feature -> !consumer.features().contains(feature) || !producer.features().contains(feature))
        .forEach(fewer::remove);
    return new LinkTerms(fewer, dcpFlags & consumer.dcpFlags() & producer.dcpFlags());
  }

  private static Set<Integer> ofDocuments(Set<Integer> granted) {
    Set<Integer> relevant = new TreeSet<>(granted);
    relevant.retainAll(OF_DOCUMENTS);
    return relevant;
  }

  private static int withoutRole(int flags) {
    return flags & ~Dcp.Open.PRODUCER;
  }
}

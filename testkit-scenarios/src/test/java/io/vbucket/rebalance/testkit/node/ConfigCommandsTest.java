package io.vbucket.rebalance.testkit.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Kv;
import io.vbucket.rebalance.protocol.Magic;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigCommandsTest {
  private final DataNode node = new DataNode(
      NodeSettings.named("n1", NodeVersion.V7_6).withBuckets(Map.of("default", 8)), new ManualNodeClock(),
      NodeObserver.NONE);
  private final TestPeer admin = TestPeer.ready(node);

  private TestPeer client(Integer... features) {
    TestPeer client = TestPeer.ready(node);
    client.ask(new Session.Hello(0, "client", Set.of(features)).toFrame());
    return client;
  }

  private Frame set(long epoch, long revision) {
    return admin.ask(new Admin.SetClusterConfig(0, "default", epoch, revision, "{\"rev\":" + revision + "}").toFrame());
  }

  private static Frame getKnowing(long epoch, long revision) {
    byte[] known = ByteBuffer.allocate(16).putLong(epoch).putLong(revision).array();
    return Frame.request(Opcode.GET_CLUSTER_CONFIG, 0, 0, known, Frame.NOTHING, Frame.NOTHING);
  }

  @Test
  void a_newer_configuration_is_told_to_those_who_asked_for_it() {
    TestPeer full = client(Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE);
    TestPeer brief = client(Feature.DUPLEX, Feature.CLUSTER_MAP_CHANGE_BRIEF);
    TestPeer deaf = client(Feature.CLUSTER_MAP_CHANGE);

    assertThat(set(1, 7).status()).isEqualTo(Status.SUCCESS);
    assertThat(set(1, 7).status()).as("the same again").isEqualTo(Status.SUCCESS);
    assertThat(set(1, 6).status()).as("an older one").isEqualTo(Status.ERANGE);

    Frame told = full.sent.poll();
    assertThat(told.magic()).isEqualTo(Magic.SERVER_REQUEST);
    assertThat(told.keyText()).isEqualTo("default");
    assertThat(ByteBuffer.wrap(told.extras()).getLong(8)).isEqualTo(7);
    assertThat(told.valueText()).isEqualTo("{\"rev\":7}");
    assertThat(brief.sent.poll().value()).isEmpty();
    assertThat(List.of(full.sent.size(), brief.sent.size(), deaf.sent.size())).containsOnly(0);
  }

  @Test
  void who_has_the_newest_configuration_gets_none() {
    set(2, 7);
    TestPeer client = client(Feature.CONFIG_WITH_KNOWN_VERSION);

    assertThat(client.ask(getKnowing(2, 7)).value()).isEmpty();
    assertThat(client.ask(getKnowing(2, 6)).valueText()).isEqualTo("{\"rev\":7}");
    assertThat(client.ask(getKnowing(1, 9)).valueText()).isEqualTo("{\"rev\":7}");
    assertThat(admin.ask(getKnowing(2, 7)).valueText()).as("who did not negotiate it").isEqualTo("{\"rev\":7}");
  }

  @Test
  void a_refusal_carries_a_configuration_once_for_those_who_want_it_once() {
    set(1, 7);
    TestPeer once = client(Feature.DEDUPE_NOT_MY_VBUCKET_MAPS, Feature.JSON);
    Frame get = Kv.get(3, 0, new byte[] {'k'});

    assertThat(once.ask(get).valueText()).isEqualTo("{\"rev\":7}");
    assertThat(once.ask(get).value()).isEmpty();
    assertThat(admin.ask(get).valueText()).isEqualTo("{\"rev\":7}");
    assertThat(admin.ask(get).valueText()).isEqualTo("{\"rev\":7}");
    set(1, 8);
    assertThat(once.ask(get).valueText()).isEqualTo("{\"rev\":8}");
  }

  @Test
  void who_selected_no_bucket_gets_the_configuration_of_the_cluster() {
    TestPeer peer = new TestPeer(node);
    byte[] plain = Session.plain("Administrator", "password");
    peer.ask(Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", plain));
    peer.ask(new Session.Hello(0, "client", Set.of(Feature.XERROR)).toFrame());
    assertThat(peer.ask(Admin.getClusterConfig(0)).status()).isEqualTo(Status.NO_BUCKET);

    node.clusterIs(1, 1, "{\"nodesExt\":[]}");

    assertThat(peer.ask(Admin.getClusterConfig(0)).valueText()).isEqualTo("{\"nodesExt\":[]}");
    assertThat(admin.ask(Admin.getClusterConfig(0)).status()).as("of a bucket that has none")
        .isEqualTo(Status.KEY_ENOENT);
  }

  @Test
  void the_default_collection_is_all_there_is() {
    TestPeer client = client(Feature.COLLECTIONS);

    Frame manifest = client.ask(Frame.request(Opcode.COLLECTIONS_GET_MANIFEST, 0, 0));
    assertThat(manifest.valueText()).contains("_default");
    Frame id = client.ask(named("_default._default"));
    assertThat(ByteBuffer.wrap(id.extras()).getInt(8)).isZero();
    assertThat(client.ask(named("_default.other")).status()).isEqualTo(Status.UNKNOWN_COLLECTION);
    assertThat(admin.ask(named("_default._default")).status()).isEqualTo(Status.UNKNOWN_COMMAND);
    assertThat(client.ask(Kv.get(3, 0, new byte[] {9, 'k'})).status()).isEqualTo(Status.NOT_MY_VBUCKET);
  }

  private static Frame named(String path) {
    byte[] value = path.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return Frame.request(Opcode.COLLECTIONS_GET_ID, 0, 0, Frame.NOTHING, Frame.NOTHING, value);
  }
}

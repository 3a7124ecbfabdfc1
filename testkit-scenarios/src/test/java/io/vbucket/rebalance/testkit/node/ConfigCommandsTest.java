package io.vbucket.rebalance.testkit.node;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(set(1, 6).status()).as("an older one, which is kept but told to nobody").isEqualTo(Status.SUCCESS);

    Frame told = full.sent.poll();
    assertThat(told.magic()).isEqualTo(Magic.SERVER_REQUEST);
    assertThat(told.keyText()).isEqualTo("default");
    assertThat(ByteBuffer.wrap(told.extras()).getLong(8)).isEqualTo(7);
    assertThat(told.valueText()).isEqualTo("{\"rev\":7}");
    assertThat(brief.sent.poll().value()).isEmpty();
    assertThat(List.of(full.sent.size(), brief.sent.size(), deaf.sent.size())).containsOnly(0);
  }

  /** A request in some form; a node answers EINVAL unless its version takes that form. */
  private record Form(String name, Frame request) {
    static Form of(String name, byte[] extras, String key, String value) {
      return new Form(name, Frame.request(
          Opcode.SET_CLUSTER_CONFIG, 0, 0, extras, key.getBytes(UTF_8), value.getBytes(UTF_8)));
    }

    static byte[] revision(int revision) {
      return ByteBuffer.allocate(4).putInt(revision).array();
    }

    static byte[] epoch(long epoch, long revision) {
      return ByteBuffer.allocate(16).putLong(epoch).putLong(revision).array();
    }
  }

  private static final String MAP = "{\"rev\":7}";
  private static final List<Form> FORMS = List.of(
      Form.of("in the configuration", Frame.NOTHING, "", MAP),
      Form.of("in the configuration, with a key", Frame.NOTHING, "default", MAP),
      Form.of("nowhere", Frame.NOTHING, "", "{}"),
      Form.of("in the configuration, too great", Frame.NOTHING, "", "{\"rev\":2147483648}"),
      Form.of("4 bytes", Form.revision(7), "default", MAP),
      Form.of("4 bytes, negative", Form.revision(-7), "default", MAP),
      Form.of("8 bytes", new byte[8], "default", MAP),
      Form.of("epoch and revision", Form.epoch(1, 7), "default", MAP),
      Form.of("epoch and revision, no epoch", Form.epoch(-1, 7), "default", MAP),
      Form.of("epoch and revision, epoch 0", Form.epoch(0, 7), "default", MAP),
      Form.of("epoch and revision, epoch -2", Form.epoch(-2, 7), "default", MAP),
      Form.of("epoch and revision, revision 0", Form.epoch(1, 0), "default", MAP),
      Form.of("epoch and revision, no configuration", Form.epoch(1, 7), "default", ""));

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "V5_0 | in the configuration",
    "V6_0 | in the configuration",
    "V6_6 | in the configuration; in the configuration, with a key; 4 bytes",
    "V7_6 | epoch and revision; epoch and revision, no epoch"})
  void a_node_takes_no_form_but_its_own(NodeVersion version, String accepted) {
    for (Form form : FORMS) {
      DataNode any = new DataNode(
          NodeSettings.named("n", version).withBuckets(Map.of("default", 8)), new ManualNodeClock(), NodeObserver.NONE);
      boolean fits = List.of(accepted.split("; ")).contains(form.name());
      assertThat(TestPeer.ready(any).askAsIs(form.request()).status()).as(form.name())
          .isEqualTo(fits ? Status.SUCCESS : Status.EINVAL);
      assertThat(any.config("default")).as(form.name()).isEqualTo(fits ? MAP : "");
    }
  }

  @Test
  void a_configuration_is_for_the_bucket_that_it_names() {
    Frame unknown = new Admin.SetClusterConfig(0, "nope", 1, 7, MAP).toFrame();
    assertThat(admin.ask(unknown).status()).isEqualTo(Status.KEY_ENOENT);
    assertThat(admin.ask(new Admin.SetClusterConfig(0, "", 1, 7, MAP).toFrame()).status()).isEqualTo(Status.SUCCESS);
    assertThat(node.configOfCluster()).isEqualTo(MAP);
    assertThat(node.config("default")).isEmpty();
  }

  @Test
  void who_selected_no_bucket_must_name_one() {
    DataNode old = new DataNode(
        NodeSettings.named("n", NodeVersion.V6_0).withBuckets(Map.of("default", 8)), new ManualNodeClock(),
        NodeObserver.NONE);
    TestPeer peer = new TestPeer(old);
    peer.ask(Session.sasl(Opcode.SASL_AUTH, 0, "PLAIN", Session.plain("Administrator", "password")));

    assertThat(peer.ask(new Admin.SetClusterConfig(0, "default", 1, 7, MAP).toFrame()).status())
        .isEqualTo(Status.NO_BUCKET);
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
    byte[] value = path.getBytes(UTF_8);
    return Frame.request(Opcode.COLLECTIONS_GET_ID, 0, 0, Frame.NOTHING, Frame.NOTHING, value);
  }
}

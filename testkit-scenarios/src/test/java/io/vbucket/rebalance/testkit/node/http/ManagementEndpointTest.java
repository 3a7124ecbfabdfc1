package io.vbucket.rebalance.testkit.node.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.testkit.client.AdminClient;
import io.vbucket.rebalance.testkit.cluster.EmbeddedCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ManagementEndpointTest {
  private static final String RIGHT = "Administrator:password";

  private final HttpClient client = HttpClient.newHttpClient();
  private EmbeddedCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = EmbeddedCluster.start(EmbeddedCluster.Layout.of(2, 1, 4));
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private HttpRequest.Builder request(String path, String credentials) {
    String basic = Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + cluster.node(0).managementPort() + path))
        .header("Authorization", "Basic " + basic);
  }

  private JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(request(path, RIGHT).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return new JsonMapper().readTree(response.body());
  }

  private int status(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  @Test
  void pages_tell_of_the_nodes_and_the_bucket() throws Exception {
    assertThat(json("/pools").path("pools").get(0).path("name").asText()).isEqualTo("default");
    assertThat(json("/pools/default").path("nodes")).hasSize(2);
    assertThat(json("/pools/default/nodeServices").path("nodesExt").get(1).path("services").path("kv").asInt())
        .isEqualTo(cluster.node(1).port());
    assertThat(BucketConfig.parse(json("/pools/default/b/default").toString()).servers())
        .containsExactlyElementsOf(cluster.servers().subList(0, 1));
    assertThat(json("/pools/default/buckets")).hasSize(1);
    assertThat(json("/pools/default/buckets/default").path("nodes").get(0).path("status").asText())
        .isEqualTo("healthy");
    assertThat(json("/pools/default/buckets/default/scopes").path("scopes")).hasSize(1);
  }

  @Test
  void strangers_other_methods_and_unknown_pages_are_refused() throws Exception {
    assertThat(status(request("/pools", "Administrator:wrong").build())).isEqualTo(401);
    assertThat(status(request("/pools", RIGHT).DELETE().build())).isEqualTo(405);
    for (String path : List.of("/", "/nothing", "/pools/other", "/pools/default/b/other", "/pools/default/bs/other",
        "/pools/default/buckets/other/scopes", "/pools/default/a/b/c/d")) {
      assertThat(status(request(path, RIGHT).build())).as(path).isEqualTo(404);
    }
  }

  @Test
  void a_stream_of_configurations_brings_every_newer_one() throws Exception {
    HttpResponse<InputStream> response =
        client.send(request("/pools/default/bs/default", RIGHT).build(), HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8));
        AdminClient admin = cluster.admin(0)) {
      BucketConfig first = BucketConfig.parse(lines.readLine());
      admin.setConfig(first.withServers(cluster.servers()));

      String next = lines.readLine();
      while (next.isEmpty()) {
        next = lines.readLine();
      }
      assertThat(BucketConfig.parse(next).revision()).isEqualTo(first.revision() + 1);
    }
  }

  @Test
  void the_port_dies_and_comes_back_with_the_node() throws Exception {
    int port = cluster.node(0).managementPort();
    cluster.node(0).stop();
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> json("/pools"))).isInstanceOf(IOException.class);
    cluster.node(0).restart(true);

    assertThat(cluster.node(0).managementPort()).isEqualTo(port);
    assertThat(json("/pools").path("pools")).hasSize(1);
  }
}

package io.vbucket.rebalance.orchestrator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanInputTest {
  private static final String GOOD = """
      {"numVBuckets": 4, "numReplicas": 1, "groups": {"a": "g1", "b": "g2"},
       "currentMap": [["a", "b"], ["b", "a"], ["a", null], ["b", "a"]],
       "keepNodes": ["a", "b", "c"], "addNodes": ["c"], "removeNodes": []}""";

  @Test
  void a_request_is_read_as_it_stands() {
    PlanRequest request = PlanInput.read(GOOD);
    assertThat(request.current().chain(2)).containsExactly("a", null);
    assertThat(request.keepNodes()).containsExactly("a", "b", "c");
    assertThat(request.groups()).isEqualTo(Map.of("a", "g1", "b", "g2"));
    assertThat(request.numReplicas()).isOne();
  }

  @Test
  void every_mistake_is_told_at_once() {
    String wrong = GOOD.replace("\"numReplicas\": 1", "\"numReplicas\": 7").replace("[\"b\", \"a\"]]", "[\"b\", 7]]")
        .replace("\"g2\"", "2").replace("\"addNodes\": [\"c\"]", "\"addNodes\": [\"d\"]");
    assertThatThrownBy(() -> PlanInput.read(wrong)).isInstanceOfSatisfying(PlanException.class,
        told -> assertThat(told.problems()).hasSize(4)
            .anySatisfy(problem -> assertThat(problem).startsWith("$.numReplicas: is 7"))
            .anySatisfy(problem -> assertThat(problem).startsWith("$.currentMap[3][1]: is 7"))
            .anySatisfy(problem -> assertThat(problem).startsWith("$.groups.b: is 2"))
            .anySatisfy(problem -> assertThat(problem).startsWith("$.addNodes[0]: node d is not in keepNodes")));
  }

  @Test
  void a_new_bucket_has_no_current_map() {
    PlanRequest request = PlanInput.read("""
        {"numVBuckets": 4, "numReplicas": 0, "currentMap": null, "keepNodes": ["a", "b"]}""");
    assertThat(request.current()).isNull();
    assertThat(MapPlanner.plan(request).copies()).isZero();
  }

  @Test
  void options_are_read() {
    PlanRequest request = PlanInput.read("""
        {"numVBuckets": 2, "numReplicas": 0, "currentMap": [["a"], ["a"]], "keepNodes": ["a", "b"], "weights": {"a": 2.5},
         "bytes": [10, 20], "locked": [1], "maxSlaves": 3, "seed": -5, "pastMaps": [[["a"], ["b"]]]}""");
    assertThat(request.weights()).containsEntry("a", 2.5);
    assertThat(request.bytes()).containsExactly(10, 20);
    assertThat(request.locked()).containsExactly(1);
    assertThat(request.maxSlaves()).isEqualTo(3);
    assertThat(request.seed()).isEqualTo(-5);
    assertThat(request.pastMaps().get(0).chain(1)).isEqualTo(List.of("b"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
    "\"numVBuckets\": 4; \"numVBuckets\": 0; $.numVBuckets: is 0, expected a whole number, 1 to 65536",
    "\"numVBuckets\": 4; \"numVBuckets\": 5; $.currentMap: has 4 chains, numVBuckets says 5",
    "\"numReplicas\": 1; \"numReplicas\": 4; $.numReplicas: is 4",
    "\"numReplicas\": 1; \"replicas\": 1; $.replicas: unknown, allowed are",
    "[\"b\", \"a\"]]; [\"b\", \"b\"]]; $.currentMap[3][1]: node b is in this chain twice",
    "[\"b\", \"a\"]]; [\"b\", 7]]; $.currentMap[3][1]: is 7, expected a node name or null",
    "\"removeNodes\": []; \"removeNodes\": [\"a\"]; $.removeNodes[0]: node a is in keepNodes",
    "\"addNodes\": [\"c\"]; \"addNodes\": [\"d\"]; $.addNodes[0]: node d is not in keepNodes",
    "[\"a\", \"b\", \"c\"]; [\"a\", \"c\"]; $.currentMap: node b is neither in keepNodes nor in removeNodes",
    "[\"a\", \"b\", \"c\"]; []; $.keepNodes: empty",
    "\"g1\"; 1; $.groups.a: is 1, expected the name of a group",
    "\"b\": \"g2\"; \"x\": \"g2\"; $.groups.x: no such node in keepNodes, removeNodes or currentMap",
    "\"numReplicas\": 1; \"numVBuckets\": 4; Duplicate field 'numVBuckets'"})
  void a_mistake_is_told_with_its_path(String from, String to, String message) {
    assertThatThrownBy(() -> PlanInput.read(GOOD.replace(from, to))).isInstanceOf(PlanException.class)
        .hasMessageContaining(message);
  }

  @Test
  void what_is_no_json_is_told_with_its_place() {
    assertThatThrownBy(() -> PlanInput.read("{\n  oops")).isInstanceOf(PlanException.class)
        .hasMessageStartingWith("line 2");
    assertThatThrownBy(() -> PlanInput.read("{\n  \"keepNodes\": [\"a\"\n"))
        .hasMessage("line 3, column 1: no JSON: the [ in line 2, column 16 is not closed");
    assertThatThrownBy(() -> PlanInput.read("{\"keepNodes\": "))
        .hasMessageContaining("the text ends before it is complete").message().doesNotContain("Source");
  }
}

package io.vbucket.rebalance.testkit.node.subdoc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.testkit.node.subdoc.JsonDocument.Operation;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonDocumentTest {
  private static final String DOCUMENT = "{\"a\":{\"b\":[1,{\"c\":\"x\"},3.10]},\"d.e\":true,\"n\":5,\"s\":[\"p\"]}";

  private static JsonDocument document() {
    return JsonDocument.parse(DOCUMENT.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {"a.b[0] | 1", "a.b[1].c | \"x\"", "a.b[-1] | 3.10", "`d.e` | true", "a.b | [1,{\"c\":\"x\"},3.10]",
        "n | 5"})
  void a_path_leads_to_a_part(String path, String part) {
    assertThat(new String(document().get(path), UTF_8)).isEqualTo(part);
  }

  @ParameterizedTest
  @CsvSource({"a.x, SUBDOC_PATH_ENOENT", "a.b[9], SUBDOC_PATH_ENOENT", "n.x, SUBDOC_PATH_MISMATCH",
    "a[0], SUBDOC_PATH_MISMATCH", "a..b, SUBDOC_PATH_EINVAL", "a.b[x], SUBDOC_PATH_EINVAL", "a.b[0, SUBDOC_PATH_EINVAL",
    "a., SUBDOC_PATH_EINVAL", "`a, SUBDOC_PATH_EINVAL", "a.[0], SUBDOC_PATH_EINVAL"})
  void what_is_not_there_is_refused_by_what_is_wrong(String path, String status) {
    assertThatThrownBy(() -> document().get(path)).isInstanceOf(SubdocException.class).hasMessage(status);
  }

  @Test
  void a_path_that_is_too_deep_or_too_long_is_refused() {
    assertThatThrownBy(() -> JsonPath.parse("a" + ".a".repeat(40))).hasMessage("SUBDOC_PATH_E2BIG");
    assertThatThrownBy(() -> JsonPath.parse("a".repeat(2000))).hasMessage("SUBDOC_PATH_E2BIG");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DICT_ADD | a.z | 1 | {'a':{'b':[1,{'c':'x'},3.10],'z':1},'d.e':true,'n':5,'s':['p']}",
        "DICT_UPSERT | n | {} | {'a':{'b':[1,{'c':'x'},3.10]},'d.e':true,'n':{},'s':['p']}",
        "DELETE | a.b[-1] | '' | {'a':{'b':[1,{'c':'x'}]},'d.e':true,'n':5,'s':['p']}",
        "DELETE | a | '' | {'d.e':true,'n':5,'s':['p']}",
        "REPLACE | a.b[0] | [2] | {'a':{'b':[[2],{'c':'x'},3.10]},'d.e':true,'n':5,'s':['p']}",
        "ARRAY_PUSH_LAST | s | 'q','r' | {'a':{'b':[1,{'c':'x'},3.10]},'d.e':true,'n':5,'s':['p','q','r']}",
        "ARRAY_PUSH_FIRST | s | 'q','r' | {'a':{'b':[1,{'c':'x'},3.10]},'d.e':true,'n':5,'s':['q','r','p']}",
        "ARRAY_INSERT | a.b[1] | 2 | {'a':{'b':[1,2,{'c':'x'},3.10]},'d.e':true,'n':5,'s':['p']}",
        "ARRAY_ADD_UNIQUE | s | 'q' | {'a':{'b':[1,{'c':'x'},3.10]},'d.e':true,'n':5,'s':['p','q']}"
      },
      quoteCharacter = '~')
  void an_operation_changes_just_its_part(Operation operation, String path, String value, String after) {
    JsonDocument document = document();
    byte[] given = (value.equals("''") ? "" : value.replace('\'', '"')).getBytes(UTF_8);

    assertThat(document.apply(operation, path, given, false)).isEmpty();

    assertThat(new String(document.toBytes(), UTF_8)).isEqualTo(after.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DICT_ADD | n | 1 | SUBDOC_PATH_EEXISTS",
        "DICT_ADD | x.y | 1 | SUBDOC_PATH_ENOENT",
        "DICT_ADD | n.y | 1 | SUBDOC_PATH_MISMATCH",
        "DICT_UPSERT | n | } | SUBDOC_VALUE_CANTINSERT",
        "DICT_UPSERT | s[0] | 1 | SUBDOC_PATH_EINVAL",
        "DELETE | x | ~~ | SUBDOC_PATH_ENOENT",
        "REPLACE | x | 1 | SUBDOC_PATH_ENOENT",
        "ARRAY_PUSH_LAST | n | 1 | SUBDOC_PATH_MISMATCH",
        "ARRAY_INSERT | s[7] | 1 | SUBDOC_PATH_ENOENT",
        "ARRAY_INSERT | s[-1] | 1 | SUBDOC_PATH_EINVAL",
        "ARRAY_ADD_UNIQUE | s | \"p\" | SUBDOC_PATH_EEXISTS",
        "ARRAY_ADD_UNIQUE | a.b | 7 | SUBDOC_PATH_MISMATCH",
        "ARRAY_ADD_UNIQUE | s | {} | SUBDOC_VALUE_CANTINSERT",
        "COUNTER | s | 1 | SUBDOC_PATH_MISMATCH",
        "COUNTER | n | 0 | SUBDOC_DELTA_EINVAL",
        "COUNTER | n | one | SUBDOC_DELTA_EINVAL",
        "COUNTER | n | 9223372036854775807 | SUBDOC_VALUE_CANTINSERT"
      },
      quoteCharacter = '~')
  void an_operation_that_cannot_be_done_says_why(Operation operation, String path, String value, String status) {
    byte[] given = value.getBytes(UTF_8);
    assertThatThrownBy(() -> document().apply(operation, path, given, false)).isInstanceOf(SubdocException.class)
        .hasMessage(status);
  }

  @Test
  void a_counter_answers_its_new_number_and_is_made_where_it_is_missing() {
    JsonDocument document = document();
    Optional<byte[]> counted = document.apply(Operation.COUNTER, "n", "-7".getBytes(UTF_8), false);
    Optional<byte[]> made = document.apply(Operation.COUNTER, "new.one", "3".getBytes(UTF_8), true);

    assertThat(counted).hasValueSatisfying(text -> assertThat(text).asString(UTF_8).isEqualTo("-2"));
    assertThat(made).hasValueSatisfying(text -> assertThat(text).asString(UTF_8).isEqualTo("3"));
    assertThat(new String(document.get("new.one"), UTF_8)).isEqualTo("3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{} | true", "[1,2] | true", "7 | true", "\"x\" | true", "null | true", "{}{} | false", "7 8 | false",
        "{ | false",
        "x | false", "~~ | false"},
      quoteCharacter = '~')
  void json_is_told_from_what_is_none(String text, boolean json) {
    assertThat(JsonDocument.isJson(text.getBytes(UTF_8))).isEqualTo(json);
  }

  @Test
  void attributes_survive_their_form_and_those_of_the_system_can_be_told() {
    Xattrs attributes = Xattrs.none();
    attributes.asDocument().apply(Operation.DICT_UPSERT, "_sync", "{\"rev\":3}".getBytes(UTF_8), false);
    attributes.asDocument().apply(Operation.DICT_UPSERT, "mine", "[1]".getBytes(UTF_8), false);
    byte[] value = attributes.before("body".getBytes(UTF_8));

    assertThat(Xattrs.bodyOf(value)).asString(UTF_8).isEqualTo("body");
    assertThat(Xattrs.of(value).before("body".getBytes(UTF_8))).isEqualTo(value);
    assertThat(Xattrs.of(value).asDocument().get("_sync.rev")).asString(UTF_8).isEqualTo("3");
    assertThat(Xattrs.of(Xattrs.of(value).ofSystem().alone()).asDocument().toBytes()).asString(UTF_8)
        .isEqualTo("{\"_sync\":{\"rev\":3}}");
  }

  @ParameterizedTest
  @CsvSource({"00", "0000000900", "00000004000000ff", "0000000a000000066162630000", "00000007000000030061",
    "0000000500000001aa"})
  void what_is_no_attributes_is_refused(String hex) {
    byte[] value = java.util.HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> Xattrs.of(value)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_refusal_carries_its_status() {
    assertThat(new SubdocException(Status.SUBDOC_DOC_NOTJSON).status()).isEqualTo(0xc6);
  }
}

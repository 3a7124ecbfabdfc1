package io.vbucket.rebalance.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyntaxMessageTest {
  @TempDir
  Path folder;

  /** What the parser says of real files, so that a newer one with other words is noticed. */
  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
    "cluster {|  bucket = \"x|}; 2; a quoted string is not closed: its line ends before",
    "cluster {|  bucket = x|; 3; a { or [ is not closed: the file ends before",
    "{ cluster = 1; 1; a { or [ is not closed: the file ends before",
    "cluster {|  nodes = [ 1, 2|; 3; a { or [ is not closed: the file ends before",
    "cluster = \"\"\"x|; 2; a string in \"\"\" is not closed: the file ends before",
    "cluster = ${x; 1; ${ is not closed with a }",
    "cluster { a = 1 } }; 1; unbalanced close brace '}' with no open brace",
    "cluster = = 2; 1; Expecting a value but got wrong token: '='",
    "cluster = [1 2}; 1; List should have ended with ] or had a comma, instead had token: '}'"})
  void a_mistake_of_syntax_is_told_with_its_line_and_without_guesses(String text, int line, String message)
      throws IOException {
    Path file = Files.writeString(folder.resolve("a.conf"), text.replace('|', '\n'));

    SettingsException told = catchThrowableOfType(SettingsException.class, () -> ClusterFile.load(file));

    assertThat(told.problems()).extracting(Problem::text).singleElement().asString()
        .endsWith("a.conf:" + line + ": " + message);
  }
}

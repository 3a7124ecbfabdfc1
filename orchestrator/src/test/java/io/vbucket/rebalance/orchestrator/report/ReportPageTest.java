package io.vbucket.rebalance.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vbucket.rebalance.orchestrator.event.PlannedRebalance;
import io.vbucket.rebalance.orchestrator.event.RebalanceEvent;
import io.vbucket.rebalance.orchestrator.move.MoveOutcome;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportPageTest {
  private static final String BAR = "<g class=\"bar[^\"]*\" data-row=\"\\d";

  /** Not a folder that JUnit deletes: the browser's helpers may still write to its profile when it has ended. */
  private static final Path BUILD = Path.of("target");

  private Chromium.Shown show(String html, String fragment) throws IOException, InterruptedException {
    Optional<Chromium> browser = Chromium.find(Files.createTempDirectory(Files.createDirectories(BUILD), "chromium"));
    assumeTrue(browser.isPresent(), "no chromium on the PATH: apt-get install chromium");
    return browser.get().show(html, fragment);
  }

  /** The page with a script at its end, as a user's hand would be. */
  private static String with(String html, String script) {
    return html.replace("</body>", "<script>" + script + "</script></body>");
  }

  @Test
  void a_thousand_moves_have_a_bar_each_and_nothing_is_said_on_the_console()
      throws IOException, InterruptedException {
    Chromium.Shown shown = show(ReportPage.html(History.ofMany(1024).report()), "#vb-4");

    assertThat(shown.console()).isEmpty();
    assertThat(shown.count(BAR)).isEqualTo(1024);
    assertThat(shown.count("class=\"retry\" d=\"M\\d+\\.\\d\\d ")).as("marks of failed attempts").isEqualTo(256);
    assertThat(shown.count("<rect class=\"TAKEOVER\"")).isEqualTo(1024 + 256);
    assertThat(shown.dom()).contains("1,024 of 1,024", "shows 1,024 of 1,024 moves", "11.7 MiB")
        .contains("2026-01-31 12:00:00 to 2026-01-31 12:00:03.171 UTC");
    assertThat(shown.dom()).as("details of the move that the address names")
        .contains("<h3>vb:4 of travel</h3>", "attempt 1 at +72.0 ms: consumer asked");
  }

  @Test
  void filters_and_clicks_work_and_a_mistake_in_a_script_would_be_noticed() throws IOException, InterruptedException {
    String hand = "const set = (id, what, value) => { document.getElementById(id)[what] = value; };"
        + "set('f-retried', 'checked', true); set('f-ids', 'value', '0-19');"
        + "document.getElementById('filters').dispatchEvent(new Event('input'));"
        + "document.querySelectorAll('.bar')[2].dispatchEvent(new MouseEvent('click', {bubbles: true}));"
        + "document.getElementById('z-in').click();"
        + "nobody.knows();";
    Chromium.Shown shown = show(with(ReportPage.html(History.ofMany(100).report()), hand), "");

    assertThat(shown.console()).singleElement().asString().contains("nobody is not defined");
    assertThat(shown.count(BAR)).as("0, 4, 8, 12, 16").isEqualTo(5);
    assertThat(shown.dom()).contains("shows 5 of 100 moves", "<h3>vb:8 of travel</h3>");
  }

  @Test
  void what_nodes_say_is_shown_and_never_run_even_when_the_rebalance_has_not_ended()
      throws IOException, InterruptedException {
    String nasty = "</script><script>nobody.knows()</script><img src=x onerror=nobody.knows()>";
    History history = new History().planned(2, 2).began(0, 0).began(1, 1);
    history.events.add(new RebalanceEvent.Warned(history.at(1), History.BUCKET, nasty));
    history.events.add(new RebalanceEvent.Resumed(history.at(2), History.BUCKET));
    history.ended(5, 0, new MoveOutcome.Unmoved(1, FailureReason.CANCELLED, nasty, nasty));

    Chromium.Shown shown = show(ReportPage.html(history.report()), "#vb-0");

    assertThat(shown.console()).isEmpty();
    assertThat(shown.count(BAR)).isEqualTo(2);
    assertThat(shown.dom()).contains("<li>+2.0 ms resumed</li>");
    assertThat(shown.dom()).contains("not ended", "<dd>&lt;/script&gt;&lt;script&gt;nobody").doesNotContain("<img");
  }

  @Test
  void a_rebalance_without_moves_has_a_page_too() throws IOException, InterruptedException {
    Chromium.Shown empty = show(ReportPage.html(new History().planned(4, 0).over(1, 0, List.of()).report()), "");

    assertThat(empty.console()).isEmpty();
    assertThat(empty.dom()).contains("0 of 0", "no active changes its node");
  }

  @Test
  void a_move_whose_active_stays_shows_what_changes_beside_it_and_is_found_by_the_node_that_gets_a_copy()
      throws IOException, InterruptedException {
    PlannedRebalance plan = new PlannedRebalance(
        "run", List.of("n1", "n3", "n4"), List.of("n1", "n3", "n4"), List.of(), List.of(),
        List.of(List.of("n3", "n1"), List.of("n1", "n3")),
        List.of(new PlannedRebalance.PlannedMove(0, List.of("n3", "n1"), List.of("n3", "n4")),
            new PlannedRebalance.PlannedMove(1, List.of("n1", "n3"), List.of("n3", "n1"))));
    History history = new History();
    history.events.add(new RebalanceEvent.RebalancePlanned(History.START, History.BUCKET, plan));
    history.events.add(new RebalanceEvent.RebalanceStarted(History.START, History.BUCKET, 2));
    history.failed(1, 0, 0, FailureReason.CONSUMER_ASKED, true);
    history.ended(5, 0, new MoveOutcome.Moved(0, "")).ended(5, 1, new MoveOutcome.Moved(1, "")).over(9, 2, List.of());
    String hand = "document.getElementById('f-to').value = 'n4';"
        + "document.getElementById('filters').dispatchEvent(new Event('input'));";

    Chromium.Shown shown = show(with(ReportPage.html(history.report()), hand), "");

    assertThat(shown.console()).isEmpty();
    assertThat(shown.dom()).contains("shows 1 of 2 moves", "n3: +n4 −n1", "1 move retried");
  }

  @Test
  void the_page_asks_for_nothing_from_a_network() {
    String html = ReportPage.html(History.ofMany(2).report());

    assertThat(html).contains("default-src 'none'").doesNotContain("http://", "https://", "@import", "src=");
  }
}

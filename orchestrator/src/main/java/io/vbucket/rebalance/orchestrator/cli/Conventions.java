package io.vbucket.rebalance.orchestrator.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** What all commands have in common; mixed into each. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Conventions.Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, and complete",
      "1:ended, but something is unmoved, differs from the map or needs an operator, or the report could not be written",
      "2:wrong usage, settings or cluster file; the message has file and line",
      "3:refused, or nodes cannot be used: not reached, wrong password, no such bucket, another run at work, no data node;"
          + " nothing was changed",
      "70:an error of this program",
      "130:interrupted by the user"})
final class Conventions {

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = RebalanceCli.class.getPackage().getImplementationVersion();
      return new String[] {"rebalance " + (version == null ? "(not built as a program)" : version)};
    }
  }
}

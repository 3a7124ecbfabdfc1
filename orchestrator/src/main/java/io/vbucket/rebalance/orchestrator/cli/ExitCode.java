package io.vbucket.rebalance.orchestrator.cli;

/** What the program's exit codes mean; {@code --help} of every command says the same. */
final class ExitCode {
  static final int COMPLETE = 0;
  static final int INCOMPLETE = 1;
  static final int WRONG_USAGE = 2;
  static final int REFUSED = 3;
  /** As sysexits.h calls an internal error. */
  static final int BUG = 70;
  /** As a shell reports a program that SIGINT ended. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}

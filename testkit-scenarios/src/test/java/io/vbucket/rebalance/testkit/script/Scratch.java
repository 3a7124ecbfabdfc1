package io.vbucket.rebalance.testkit.script;

import io.vbucket.rebalance.testkit.cli.*;
import picocli.CommandLine;

public class Scratch {
  public static void main(String[] a) {
    Object c = switch (a[0]) {
      case "run" -> new RunCommand();
      case "check" -> new CheckCommand();
      default -> new ListCommand();
    };
    int rc = new CommandLine(c).execute(java.util.Arrays.copyOfRange(a, 1, a.length));
    System.out.println("exit " + rc);
    System.exit(rc);
  }
}

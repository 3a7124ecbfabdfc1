/**
 * How log lines look: which move a line is about, and the logback configuration of the programs.
 * Only classes that logback or a program's main method needs; an embedder's own logging is never touched.
 */
package io.vbucket.rebalance.config.logging;

package io.vbucket.rebalance.testkit.client;

import io.vbucket.rebalance.orchestrator.map.BucketConfig;
import io.vbucket.rebalance.orchestrator.net.NodeTraits;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sets up a node and looks at it, one blocking request at a time. For tests and tools. */
public final class AdminClient implements Closeable {
  private static final int LIMIT_SECONDS = 10;

  private final String server;
  private final String bucket;
  private final KvConnection connection;
  private NodeTraits traits;

  /**
   * @throws IOException when the node cannot be reached or does not let us in
   */
  public AdminClient(String server, String bucket, String user, String password) throws IOException {
    this.server = server;
    this.bucket = bucket;
    this.connection = new KvConnection(server, user, password, bucket);
  }

  public void setState(int vbucket, VBucketState state) throws IOException {
    expectSuccess(new Admin.SetVBucket(vbucket, 0, state, "").toFrame());
  }

  /** The state of the node's copy; empty where it has none. */
  public Optional<VBucketState> state(int vbucket) throws IOException {
    Frame answer = ask(Admin.getVBucket(vbucket, 0));
    return switch (answer.status()) {
      case Status.SUCCESS -> Optional.of(Admin.decodeState(answer));
      case Status.NOT_MY_VBUCKET, Status.KEY_ENOENT -> Optional.empty();
      default -> throw new IOException(server + ": " + answer.describe());
    };
  }

  public void setConfig(BucketConfig config) throws IOException {
    expectSuccess(
        Admin.SetClusterConfig.ofRead(0, bucket, config.epoch(), config.revision(), config.toJson()).toFrame());
  }

  private void expectSuccess(Frame request) throws IOException {
    Frame answer = ask(request);
    if (answer.status() != Status.SUCCESS) {
      throw new IOException(server + ": " + answer.describe());
    }
  }

  /** Sends any request, in the form that the node's version understands, and waits for its answer. */
  public Frame ask(Frame request) throws IOException {
    if (traits == null) {
      traits = NodeTraits.of(answerTo(Frame.request(Opcode.VERSION, 0, 0)).valueText());
    }
    return answerTo(traits.adapted(request));
  }

  private Frame answerTo(Frame request) throws IOException {
    try {
      return connection.ask(request).get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      throw new IOException(server + ": no answer to " + request.describe(), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}

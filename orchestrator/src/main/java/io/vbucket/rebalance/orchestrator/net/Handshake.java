package io.vbucket.rebalance.orchestrator.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.vbucket.rebalance.config.SettingsException;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure.Kind;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Status;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Sets a connection up, one request after the other: HELLO, SASL_LIST_MECHS, SASL_AUTH and SASL_STEPs, SELECT_BUCKET, DCP_OPEN. HELLO is
 * first, so that a peer which is no data node never sees a password. Then it takes itself out of the pipeline and reads nothing more.
 */
final class Handshake extends SimpleChannelInboundHandler<Frame> {
  private final ConnectRequest request;
  private final FrameDecoder decoder;
  private final NodeConnector.Limits limits;
  private final SaslMechanism.Choice mechanisms;
  private final CompletableFuture<NodeConnection> promise;
  private Set<Integer> features = Set.of();
  private SaslMechanism mechanism;
  private int awaited = -1;
  private int opaque;
  private Future<?> limit;

  Handshake(
      ConnectRequest request,
      FrameDecoder decoder,
      NodeConnector.Limits limits,
      SaslMechanism.Choice mechanisms,
      CompletableFuture<NodeConnection> promise) {
    this.request = request;
    this.decoder = decoder;
    this.limits = limits;
    this.mechanisms = mechanisms;
    this.promise = promise;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    limit = context.executor().schedule(
        () -> fail(
            context, Kind.TIMED_OUT, "did not answer " + Opcode.nameOf(awaited) + " within " + limits.handshakeTimeout()
                + "; look whether it is a data node and not overloaded"),
        limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
    send(context, new Session.Hello(++opaque, request.agent(), request.features()).toFrame());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, Frame answer) {
    if (answer.isRequest() || answer.opcode() != awaited || answer.opaque() != opaque) {
      fail(
          context, Kind.NOT_A_DATA_NODE,
          "expected the answer to " + Opcode.nameOf(awaited) + ", got " + answer.describe()
              + "; look whether the port is that of a data node's key-value service");
      return;
    }
    switch (answer.opcode()) {
      case Opcode.HELLO -> greeted(context, answer);
      case Opcode.SASL_LIST_MECHS -> offered(context, answer);
      case Opcode.SASL_AUTH, Opcode.SASL_STEP -> authenticated(context, answer);
      case Opcode.SELECT_BUCKET -> selected(context, answer);
      default -> opened(context, answer);
    }
  }

  private void greeted(ChannelHandlerContext context, Frame answer) {
    // A node that knows no HELLO has no features to grant.
    boolean knowsNoHello = answer.status() == Status.UNKNOWN_COMMAND || answer.status() == Status.NOT_SUPPORTED;
    if (answer.status() != Status.SUCCESS && !knowsNoHello) {
      refuse(context, "HELLO", answer);
      return;
    }
    features = knowsNoHello ? Set.of() : Session.decodeFeatures(answer);
    send(context, Session.saslListMechs(++opaque));
  }

  private void offered(ChannelHandlerContext context, Frame answer) {
    if (answer.status() != Status.SUCCESS) {
      refuse(context, "SASL_LIST_MECHS", answer);
      return;
    }
    Set<String> offered = new LinkedHashSet<>(Arrays.asList(answer.valueText().trim().split("\\s+")));
    try {
      mechanism = mechanisms.among(offered, request.credentials()).orElse(null);
    } catch (SettingsException noPassword) {
      fail(context, Kind.AUTHENTICATION, noPassword.getMessage());
      return;
    }
    if (mechanism == null) {
      fail(context, Kind.AUTHENTICATION, "offers " + printable(offered) + " to authenticate, but only "
          + String.join(" ", mechanisms.names()) + " can be used here");
      return;
    }
    send(context, Session.sasl(Opcode.SASL_AUTH, ++opaque, mechanism.name(), mechanism.first()));
  }

  private void authenticated(ChannelHandlerContext context, Frame answer) {
    if (answer.status() == Status.AUTH_CONTINUE) {
      try {
        byte[] next = mechanism.next(answer.value());
        send(context, Session.sasl(Opcode.SASL_STEP, ++opaque, mechanism.name(), next));
      } catch (IllegalStateException broken) {
        fail(context, Kind.AUTHENTICATION, "cannot be authenticated with: " + broken.getMessage());
      }
      return;
    }
    if (answer.status() != Status.SUCCESS) {
      fail(context, Kind.AUTHENTICATION, "refused user " + request.credentials().user() + " with "
          + Status.nameOf(answer.status()) + "; check user and password");
      return;
    }
    if (request.bucket().isEmpty()) {
      selectedOrNone(context);
    } else {
      send(context, Session.selectBucket(++opaque, request.bucket()));
    }
  }

  private void selected(ChannelHandlerContext context, Frame answer) {
    switch (answer.status()) {
      case Status.SUCCESS -> selectedOrNone(context);
      case Status.KEY_ENOENT, Status.NO_BUCKET -> fail(
          context, Kind.NO_BUCKET,
          "has no bucket " + request.bucket() + "; correct the name, or create the bucket first");
      case Status.EACCESS -> fail(
          context, Kind.NO_BUCKET, "has no bucket " + request.bucket() + ", or user " + request.credentials().user()
              + " may not use it (EACCESS); correct the name or the user's roles");
      default -> refuse(context, "SELECT_BUCKET " + request.bucket(), answer);
    }
  }

  private void selectedOrNone(ChannelHandlerContext context) {
    if (request.dcp().isEmpty()) {
      finish(context);
      return;
    }
    ConnectRequest.DcpOpen dcp = request.dcp().get();
    send(context, new Dcp.Open(++opaque, dcp.name(), dcp.flags(), dcp.json()).toFrame());
  }

  private void opened(ChannelHandlerContext context, Frame answer) {
    if (answer.status() != Status.SUCCESS) {
      refuse(context, "DCP_OPEN", answer);
      return;
    }
    finish(context);
  }

  private void finish(ChannelHandlerContext context) {
    limit.cancel(false);
    context.channel().config().setAutoRead(false);
    decoder.pause();
    context.pipeline().remove(this);
    NodeConnection connection =
        new NodeConnection(request.node(), context.channel(), features, decoder, limits.maxBodyBytes());
    if (!promise.complete(connection)) {
      context.close();
    }
  }

  private void send(ChannelHandlerContext context, Frame frame) {
    awaited = frame.opcode();
    context.writeAndFlush(Unpooled.wrappedBuffer(FrameCodec.encode(frame)), context.voidPromise());
  }

  private void refuse(ChannelHandlerContext context, String what, Frame answer) {
    fail(context, Kind.REFUSED, "refused " + what + " with " + Status.nameOf(answer.status())
        + "; look into the node's log, and at the roles of user " + request.credentials().user());
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context, Kind.LOST, "closed the connection instead of answering " + Opcode.nameOf(awaited)
        + "; look whether the port is that of a data node's key-value service");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ConnectionFailure failure = NodeConnection.asFailure(request.node(), cause);
    fail(context, failure.kind() == Kind.NOT_A_DATA_NODE
        ? new ConnectionFailure(Kind.NOT_A_DATA_NODE, request.node(), "expected the answer to " + Opcode.nameOf(awaited)
            + ", but " + NodeConnection.reason(cause)
            + "; look whether the port is that of a data node's key-value service",
            cause)
        : failure);
  }

  private void fail(ChannelHandlerContext context, Kind kind, String what) {
    fail(context, new ConnectionFailure(kind, request.node(), what));
  }

  private void fail(ChannelHandlerContext context, ConnectionFailure failure) {
    if (limit != null) {
      limit.cancel(false);
    }
    decoder.pause();
    promise.completeExceptionally(failure);
    context.close();
  }

  /** What a peer offers, safe to print: it may be anything. */
  private static String printable(Set<String> offered) {
    String text = String.join(" ", offered);
    String clean = new String(text.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII)
        .replaceAll("[^A-Za-z0-9 _-]", "?");
    return clean.isBlank() ? "nothing" : clean.substring(0, Math.min(clean.length(), 120));
  }
}

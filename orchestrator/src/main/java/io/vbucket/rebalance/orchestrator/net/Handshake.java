package io.vbucket.rebalance.orchestrator.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.vbucket.rebalance.config.SettingsException;
import io.vbucket.rebalance.config.Units;
import io.vbucket.rebalance.orchestrator.net.ConnectionFailure.Kind;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Dcp;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameCodec;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Session;
import io.vbucket.rebalance.protocol.Session.Feature;
import io.vbucket.rebalance.protocol.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Sets a connection up, one request after the other: TLS where it is wanted, HELLO, VERSION, GET_ERROR_MAP, SASL_LIST_MECHS, SASL_AUTH and
 * SASL_STEPs, GET_CLUSTER_CONFIG for what the node knows of the whole cluster, SELECT_BUCKET, DCP_OPEN. HELLO is first, so that a peer which is no data node never sees a password. Then it takes itself
 * out of the pipeline and reads nothing more.
 */
final class Handshake extends SimpleChannelInboundHandler<Frame> {
  /** What a connection may spend, and with what. */
  record Terms(NodeConnector.Limits limits, SessionSecurity security, Executor computing) {
  }

  private static final String PORT_HINT = "; look whether the port is that of a data node's key-value service";

  private final ConnectRequest request;
  private final FrameDecoder decoder;
  private final Terms terms;
  private final CompletableFuture<NodeConnection> promise;
  private Set<Integer> features = Set.of();
  private NodeTraits traits = NodeTraits.NEWEST;
  private ErrorMap errors = ErrorMap.NONE;
  private String clusterConfig = "";
  private int dcpFlags;
  private SaslMechanism mechanism;
  private int awaited = -1;
  private int opaque;
  private Future<?> limit;

  Handshake(
      ConnectRequest request, FrameDecoder decoder, Terms terms, CompletableFuture<NodeConnection> promise) {
    this.request = request;
    this.decoder = decoder;
    this.terms = terms;
    this.promise = promise;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    limit = context.executor().schedule(
        () -> fail(
            context, Kind.TIMED_OUT,
            "did not answer " + step() + " within " + Units.duration(terms.limits().handshakeTimeout())
                + "; look whether it is a data node and not overloaded"),
        terms.limits().handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
    if (terms.security().tls().isEmpty()) {
      greet(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        greet(context);
      } else {
        failOf(context, done.cause());
      }
    }
    super.userEventTriggered(context, event);
  }

  private void greet(ChannelHandlerContext context) {
    send(context, new Session.Hello(++opaque, request.agent(), request.features()).toFrame());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, Frame answer) {
    if (answer.isRequest() || answer.opcode() != awaited || answer.opaque() != opaque) {
      fail(
          context, Kind.NOT_A_DATA_NODE,
          "expected the answer to " + step() + ", got " + answer.describe() + PORT_HINT);
      return;
    }
    switch (answer.opcode()) {
      case Opcode.HELLO -> greeted(context, answer);
      case Opcode.VERSION -> versionTold(context, answer);
      case Opcode.GET_ERROR_MAP -> errorsExplained(context, answer);
      case Opcode.SASL_LIST_MECHS -> offered(context, answer);
      case Opcode.SASL_AUTH, Opcode.SASL_STEP -> authenticated(context, answer);
      case Opcode.GET_CLUSTER_CONFIG -> clusterTold(context, answer);
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
    boolean needsXattr = request.dcp().isPresent() && (request.dcp().get().flags() & Dcp.Open.XATTR) != 0;
    if (needsXattr && !features.contains(Feature.XATTR)) {
      fail(
          context, Kind.UNSUITABLE,
          "does not grant XATTR, so that documents would lose their extended attributes; expected a data node of"
              + " version 5.0 or newer");
      return;
    }
    send(context, Frame.request(Opcode.VERSION, 0, ++opaque));
  }

  private void versionTold(ChannelHandlerContext context, Frame answer) {
    traits = answer.status() == Status.SUCCESS ? NodeTraits.of(answer.valueText()) : NodeTraits.NEWEST;
    if (request.dcp().isEmpty() && features.contains(Feature.XERROR)) {
      byte[] version = ByteBuffer.allocate(2).putShort((short) ErrorMap.VERSION).array();
      send(
          context,
          Frame.request(Opcode.GET_ERROR_MAP, 0, ++opaque, Frame.NOTHING, Frame.NOTHING, version));
    } else {
      authenticate(context);
    }
  }

  private void errorsExplained(ChannelHandlerContext context, Frame answer) {
    if (answer.status() == Status.SUCCESS) {
      errors = ErrorMap.parse(answer.valueText());
    }
    authenticate(context);
  }

  private void authenticate(ChannelHandlerContext context) {
    if (request.credentials().areByCertificate()) {
      askAboutCluster(context);
    } else {
      send(context, Session.saslListMechs(++opaque));
    }
  }

  private void offered(ChannelHandlerContext context, Frame answer) {
    if (answer.status() != Status.SUCCESS) {
      refuse(context, "SASL_LIST_MECHS", answer);
      return;
    }
    Set<String> offered = new LinkedHashSet<>(Arrays.asList(answer.valueText().trim().split("\\s+")));
    SaslMechanisms ours = terms.security().mechanisms();
    try {
      mechanism = ours.among(offered, request.credentials()).orElse(null);
    } catch (SettingsException noPassword) {
      fail(context, Kind.AUTHENTICATION, noPassword.getMessage());
      return;
    }
    if (mechanism == null) {
      boolean plainWouldDo = !ours.allowsPlain() && offered.contains(SaslMechanism.Plain.NAME);
      fail(context, Kind.AUTHENTICATION, "offers " + printable(offered) + " to authenticate, but only "
          + String.join(" ", ours.names()) + " can be used here"
          + (plainWouldDo
              ? "; PLAIN shows the password to the network: use tls in the cluster file, or allow it with"
                  + " plain-without-tls = true"
              : ""));
      return;
    }
    send(context, Session.sasl(Opcode.SASL_AUTH, ++opaque, mechanism.name(), mechanism.first()));
  }

  private void authenticated(ChannelHandlerContext context, Frame answer) {
    if (answer.status() == Status.AUTH_CONTINUE) {
      proceed(context, answer.value());
      return;
    }
    if (isForNow(answer)) {
      refuse(context, Opcode.nameOf(answer.opcode()), answer);
      return;
    }
    if (answer.status() != Status.SUCCESS) {
      fail(context, Kind.AUTHENTICATION, "refused user " + request.credentials().user() + " with "
          + errors.describe(answer.status()) + "; check user and password");
      return;
    }
    try {
      mechanism.accept(answer.value());
    } catch (IllegalStateException unproven) {
      fail(context, Kind.AUTHENTICATION, "cannot be trusted with " + unproven.getMessage());
      return;
    }
    askAboutCluster(context);
  }

  /** Deriving keys from a password takes milliseconds: other sockets of this thread must not wait for them. */
  private void proceed(ChannelHandlerContext context, byte[] challenge) {
    terms.computing().execute(() -> {
      Runnable next;
      try {
        byte[] message = mechanism.next(challenge);
        next = () -> send(context, Session.sasl(Opcode.SASL_STEP, ++opaque, mechanism.name(), message));
      } catch (RuntimeException broken) {
        next = () -> fail(context, Kind.AUTHENTICATION, "cannot be authenticated with " + broken.getMessage());
      }
      try {
        context.executor().execute(next);
      } catch (RejectedExecutionException over) {
        // The loop ended meanwhile, and with it this connection.
        promise.completeExceptionally(new ConnectionFailure(Kind.LOST, request.node(), "this program is ending", over));
      }
    });
  }

  /**
   * Only before a bucket is selected does a node tell of all nodes of its cluster, since version 6.5. Without XERROR a node without such a
   * configuration would close the connection.
   */
  private void askAboutCluster(ChannelHandlerContext context) {
    if (request.dcp().isEmpty() && !request.bucket().isEmpty() && features.contains(Feature.XERROR)) {
      send(context, Admin.getClusterConfig(++opaque));
    } else {
      select(context);
    }
  }

  private void clusterTold(ChannelHandlerContext context, Frame answer) {
    clusterConfig = answer.status() == Status.SUCCESS ? answer.valueText() : "";
    select(context);
  }

  private void select(ChannelHandlerContext context) {
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
          context, Kind.NO_BUCKET, "has no bucket " + request.bucket() + ", or " + request.credentials().who()
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
    dcpFlags = dcp.flags() & traits.dcpFlags();
    String json = traits.takesConsumerName() ? dcp.json() : "";
    send(context, new Dcp.Open(++opaque, dcp.name(), dcpFlags, json).toFrame());
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
    NodeConnection connection = new NodeConnection(
        request.node(), context.channel(), new NodeConnection.Agreed(features, traits, errors, clusterConfig, dcpFlags),
        decoder,
        terms.limits().maxBodyBytes());
    if (!promise.complete(connection)) {
      context.close();
    }
  }

  private void send(ChannelHandlerContext context, Frame frame) {
    awaited = frame.opcode();
    context.writeAndFlush(Unpooled.wrappedBuffer(FrameCodec.encode(frame)), context.voidPromise());
  }

  private String step() {
    return awaited < 0 ? "the TLS handshake" : Opcode.nameOf(awaited);
  }

  private void refuse(ChannelHandlerContext context, String what, Frame answer) {
    fail(context, isForNow(answer) ? Kind.NOT_NOW : Kind.REFUSED,
        "refused " + what + " with " + errors.describe(answer.status()) + "; " + remedy(answer));
  }

  /** What is no clear no may be another time; whoever asks again has a limit for that. */
  private static boolean isForNow(Frame answer) {
    return switch (answer.status()) {
      case Status.SUCCESS, Status.EACCESS, Status.AUTH_ERROR, Status.EINVAL, Status.UNKNOWN_COMMAND,
          Status.NOT_SUPPORTED,
          Status.KEY_ENOENT, Status.NO_BUCKET -> false;
      default -> true;
    };
  }

  private String remedy(Frame answer) {
    if (isForNow(answer)) {
      return "it may do so later: look at the node's load and into its log";
    }
    if (answer.opcode() == Opcode.DCP_OPEN && answer.status() == Status.EACCESS) {
      boolean producer = (request.dcp().orElseThrow().flags() & Dcp.Open.PRODUCER) != 0;
      return "the roles of " + request.credentials().who() + " lack the privilege "
          + (producer ? "DcpProducer" : "DcpConsumer (on older nodes DcpProducer)") + " for bucket "
          + request.bucket() + " there: give a role that has it";
    }
    return "look into the node's log, and at the roles of " + request.credentials().who();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    boolean withTls = terms.security().tls().isPresent();
    fail(context, Kind.LOST, "closed the connection instead of answering " + step() + PORT_HINT
        + (withTls
            ? ", and that it is the one for TLS"
            : ", and whether it is the one for TLS: then the cluster file needs tls"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failOf(context, cause);
  }

  private void failOf(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof java.nio.channels.ClosedChannelException) {
      channelInactive(context);
      return;
    }
    ConnectionFailure failure = NodeConnection.asFailure(request.node(), cause);
    fail(context, failure.kind() == Kind.NOT_A_DATA_NODE
        ? new ConnectionFailure(Kind.NOT_A_DATA_NODE, request.node(), "expected the answer to " + step() + ", but "
            + NodeConnection.reason(cause) + PORT_HINT + tlsHint(cause), cause)
        : failure);
  }

  /** What answers a request in the clear with a record of TLS is waiting for TLS. */
  private static String tlsHint(Throwable cause) {
    return NodeConnection.reason(cause).contains("unknown magic 0x15")
        ? "; it seems to be one for TLS: then the cluster file needs tls"
        : "";
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

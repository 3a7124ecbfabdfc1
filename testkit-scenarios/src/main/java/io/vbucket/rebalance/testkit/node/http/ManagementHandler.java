package io.vbucket.rebalance.testkit.node.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vbucket.rebalance.testkit.node.DataNode;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP connection. */
final class ManagementHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(ManagementHandler.class);
  /** Ends a configuration in a stream of them. */
  private static final String STREAM_MARK = "\n\n\n\n";
  private static final String JSON_TYPE = "application/json";

  private final DataNode node;
  private final ManagementPages pages;
  private String streamedBucket;

  ManagementHandler(DataNode node, ManagementPages pages) {
    this.node = node;
    this.pages = pages;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    List<String> path = Arrays.stream(new QueryStringDecoder(request.uri()).path().split("/"))
        .filter(part -> !part.isEmpty()).toList();
    if (!mayEnter(request)) {
      answer(context, HttpResponseStatus.UNAUTHORIZED, "text/plain", "name and password, please\n");
    } else if (!request.method().equals(HttpMethod.GET)) {
      answer(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "text/plain", "GET is all there is\n");
    } else if (path.size() == 4 && path.subList(0, 3).equals(List.of("pools", "default", "bs"))
        && node.bucketNames().contains(path.get(3))) {
      beginStream(context, path.get(3));
    } else {
      pages.page(path).ifPresentOrElse(
          json -> answer(context, HttpResponseStatus.OK, JSON_TYPE, json),
          () -> answer(context, HttpResponseStatus.NOT_FOUND, "text/plain", "Object Not Found\n"));
    }
  }

  private boolean mayEnter(FullHttpRequest request) {
    String expected = node.settings().user() + ":" + node.settings().password();
    String given = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    return given.equals("Basic " + Base64.getEncoder().encodeToString(expected.getBytes(UTF_8)));
  }

  private static void answer(ChannelHandlerContext context, HttpResponseStatus status, String type, String text) {
    ByteBuf body = Unpooled.copiedBuffer(text, UTF_8);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    if (status.equals(HttpResponseStatus.UNAUTHORIZED)) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Basic realm=\"embedded data node\"");
    }
    context.writeAndFlush(response);
  }

  private void beginStream(ChannelHandlerContext context, String bucket) {
    streamedBucket = bucket;
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, JSON_TYPE);
    HttpUtil.setTransferEncodingChunked(response, true);
    context.writeAndFlush(response);
    String config = node.config(bucket);
    if (!config.isEmpty()) {
      stream(context.channel(), config);
    }
  }

  boolean streams(String bucket) {
    return bucket.equals(streamedBucket);
  }

  void stream(Channel channel, String json) {
    channel.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(json + STREAM_MARK, UTF_8)));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("{}: HTTP connection closed, {}", node.name(), cause.toString());
    context.close();
  }
}

package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import io.vbucket.rebalance.orchestrator.takeover.Side;

/** The end of a socket's pipeline that belongs to a link: hands what happens on it to the relay. */
public final class RelayHandler extends ChannelInboundHandlerAdapter {
  private final Side side;
  private final LinkRelay relay;

  public RelayHandler(Side side, LinkRelay relay) {
    this.side = side;
    this.relay = relay;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    relay.received(side, (ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    relay.readComplete(side);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    relay.writabilityChanged(side);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof IdleStateEvent) {
      relay.silent(side);
    }
    super.userEventTriggered(context, event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    relay.lost(side, "was closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    relay.lost(side, "broke: " + cause.getMessage());
  }
}

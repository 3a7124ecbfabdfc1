package io.vbucket.rebalance.orchestrator.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** A socket as a link's port. */
public record ChannelPort(Channel channel) implements LinkPort {

  @Override
  public void write(ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  @Override
  public void flush() {
    channel.flush();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void setReading(boolean on) {
    channel.config().setAutoRead(on);
  }

  @Override
  public void close() {
    channel.close();
  }
}

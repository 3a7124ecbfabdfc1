package io.vbucket.rebalance.testkit.node;

import io.vbucket.rebalance.protocol.Frame;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A configuration that somebody wants the node to have.
 *
 * @param bucket which it is of, "" for the whole cluster; not there when it is of the bucket that is selected
 * @param epoch 0 where the form has none
 */
record ConfigOffer(Optional<String> bucket, long epoch, long revision, String json) {
  private static final Pattern REVISION = Pattern.compile("\"rev\"\\s*:\\s*([0-9]{1,18})");
  private static final int NO_EXTRAS = 0;
  private static final int REVISION_BYTES = 4;
  private static final long NO_EPOCH = -1;

  /** What a SET_CLUSTER_CONFIG offers; empty when it has not the form that nodes of the version expect. */
  static Optional<ConfigOffer> of(Frame frame, NodeVersion version) {
    int length = frame.extras().length;
    boolean keyIsFine = version.namesBucketOfConfig() || frame.key().length == 0;
    if (!version.extrasOfConfig().contains(length) || !keyIsFine || frame.value().length == 0) {
      return Optional.empty();
    }
    ByteBuffer extras = ByteBuffer.wrap(frame.extras());
    return switch (length) {
      case NO_EXTRAS -> ofSelectedBucket(frame.valueText());
      case REVISION_BYTES -> Optional.of(new ConfigOffer(
          Optional.of(frame.keyText()), 0, extras.getInt(0), frame.valueText())).filter(o -> o.revision() >= 0);
      default -> Optional.of(new ConfigOffer(
          Optional.of(frame.keyText()), extras.getLong(0), extras.getLong(8), frame.valueText()))
          .filter(o -> o.revision() >= 1 && (o.epoch() >= 1 || o.epoch() == NO_EPOCH));
    };
  }

  private static Optional<ConfigOffer> ofSelectedBucket(String json) {
    Matcher found = REVISION.matcher(json);
    return found.find() && Long.parseLong(found.group(1)) <= Integer.MAX_VALUE
        ? Optional.of(new ConfigOffer(Optional.empty(), 0, Long.parseLong(found.group(1)), json))
        : Optional.empty();
  }
}

package io.vbucket.rebalance.orchestrator.node;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vbucket.rebalance.orchestrator.map.ConfigRevision;
import io.vbucket.rebalance.orchestrator.node.NodeQuestion.Answer;
import io.vbucket.rebalance.orchestrator.takeover.CopyState;
import io.vbucket.rebalance.protocol.Admin;
import io.vbucket.rebalance.protocol.Frame;
import io.vbucket.rebalance.protocol.FrameFormatException;
import io.vbucket.rebalance.protocol.Opcode;
import io.vbucket.rebalance.protocol.Status;
import io.vbucket.rebalance.protocol.VBucketState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The frames that it takes to answer one question. A pure function of the frames that came: {@link #request()} is what to send now, {@link
 * #on} what follows from an answer. Opaques are put in by the session.
 */
sealed interface Exchange {
  /** The frame to send, with opaque 0. */
  Frame request();

  /** Whether the node may take its time, so that the exchange must not hold up others on its connection. */
  default boolean waits() {
    return false;
  }

  Outcome on(Frame answer);

  sealed interface Outcome {
    /** Send the next frame. */
    record Continue(Exchange next) implements Outcome {}

    /** More frames of the same answer follow. */
    record More(Exchange next) implements Outcome {}

    record Finished(Answer answer) implements Outcome {}
  }

  static Exchange of(NodeQuestion question, String bucket) {
    if (question instanceof NodeQuestion.ReadState read) {
      return new Read(read.vbucket());
    } else if (question instanceof NodeQuestion.SetState set) {
      return new Set(set.vbucket(), set.state());
    } else if (question instanceof NodeQuestion.Remove remove) {
      return new RemoveChecking(remove.vbucket());
    } else if (question instanceof NodeQuestion.SetTopology set) {
      return new TopologyChecking(set.vbucket(), topology(set.chains()), false);
    } else if (question instanceof NodeQuestion.Create create) {
      return new TopologyChecking(create.vbucket(), topology(create.chains()), true);
    } else if (question instanceof NodeQuestion.Demote demote) {
      return new DemoteChecking(demote.vbucket());
    } else if (question instanceof NodeQuestion.ReadBackfill read) {
      return new Stat("dcp-vbtakeover " + read.vbucket() + " " + read.producerName(), Map.of());
    } else if (question instanceof NodeQuestion.ReadHighSeqno read) {
      return new Stat("vbucket-seqno " + read.vbucket(), Map.of());
    } else if (question instanceof NodeQuestion.ReadStats read) {
      return new Stat(read.group(), Map.of());
    } else if (question instanceof NodeQuestion.AwaitPersistence await) {
      return new Persist(await.vbucket(), await.seqno());
    } else if (question instanceof NodeQuestion.ReadConfig) {
      return new GetConfig();
    } else if (question instanceof NodeQuestion.WriteConfig write) {
      return new ConfigChecking(bucket, write);
    }
    throw new IllegalStateException("no exchange for " + question);
  }

  private static String topology(List<List<String>> chains) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode rows = json.putArray("topology");
    for (List<String> chain : chains) {
      ArrayNode row = rows.addArray();
      chain.forEach(row::add);
    }
    return json.toString();
  }

  private static Outcome done() {
    return new Outcome.Finished(new Answer.Done());
  }

  private static Outcome refused(Frame answer) {
    return new Outcome.Finished(new Answer.Failed(true, answer.status(), answer.describe()));
  }

  record Read(int vbucket) implements Exchange {
    @Override
    public Frame request() {
      return Admin.getVBucket(vbucket, 0);
    }

    @Override
    public Outcome on(Frame answer) {
      CopyState state = stateIn(answer);
      return state == null ? refused(answer) : new Outcome.Finished(new Answer.State(state));
    }

    /** The state that a GET_VBUCKET was answered with, or null when the answer is none. */
    static CopyState stateIn(Frame answer) {
      return switch (answer.status()) {
        case Status.SUCCESS -> CopyState.of(Admin.decodeState(answer));
        case Status.NOT_MY_VBUCKET, Status.KEY_ENOENT -> CopyState.ABSENT;
        default -> null;
      };
    }
  }

  /** Whatever the node answers, the connection lives. */
  record Noop() implements Exchange {
    @Override
    public Frame request() {
      return Frame.request(Opcode.NOOP, 0, 0);
    }

    @Override
    public Outcome on(Frame answer) {
      return done();
    }
  }

  record Set(int vbucket, VBucketState state) implements Exchange {
    @Override
    public Frame request() {
      return new Admin.SetVBucket(vbucket, 0, state, "").toFrame();
    }

    @Override
    public Outcome on(Frame answer) {
      return answer.status() == Status.SUCCESS ? done() : refused(answer);
    }
  }

  /** SET_VBUCKET(active) would make a copy active that is not: whether it is, or must be made, is asked first. */
  record TopologyChecking(int vbucket, String topology, boolean creates) implements Exchange {
    @Override
    public Frame request() {
      return Admin.getVBucket(vbucket, 0);
    }

    @Override
    public Outcome on(Frame answer) {
      CopyState state = Read.stateIn(answer);
      if (state == null) {
        return refused(answer);
      }
      if (state == CopyState.ACTIVE || creates && state == CopyState.ABSENT) {
        return new Outcome.Continue(new TopologySetting(vbucket, topology));
      }
      return new Outcome.Finished(new Answer.Failed(
          true, "vb:" + vbucket + " is " + state + ", expected " + (creates ? "no copy" : "ACTIVE")));
    }
  }

  /** Nodes before 6.5 know no topology and are sent none: from any other a refusal means that sync writes could be lost. */
  record TopologySetting(int vbucket, String topology) implements Exchange {
    @Override
    public Frame request() {
      return new Admin.SetVBucket(vbucket, 0, VBucketState.ACTIVE, topology).toFrame();
    }

    @Override
    public Outcome on(Frame answer) {
      return answer.status() == Status.SUCCESS ? done() : refused(answer);
    }
  }

  /** First of two or three: a pending copy must turn dead before it lets go of what clients asked of it (T32). */
  record DemoteChecking(int vbucket) implements Exchange {
    @Override
    public Frame request() {
      return Admin.getVBucket(vbucket, 0);
    }

    @Override
    public Outcome on(Frame answer) {
      CopyState state = Read.stateIn(answer);
      if (state == null) {
        return refused(answer);
      }
      return switch (state) {
        case ACTIVE ->
            new Outcome.Finished(new Answer.Failed(true, "vb:" + vbucket + " is active and stays so"));
        case PENDING -> new Outcome.Continue(new DemoteSettingDead(vbucket));
        default -> new Outcome.Continue(new Set(vbucket, VBucketState.REPLICA));
      };
    }
  }

  record DemoteSettingDead(int vbucket) implements Exchange {
    @Override
    public Frame request() {
      return new Admin.SetVBucket(vbucket, 0, VBucketState.DEAD, "").toFrame();
    }

    @Override
    public Outcome on(Frame answer) {
      return answer.status() == Status.SUCCESS
          ? new Outcome.Continue(new Set(vbucket, VBucketState.REPLICA))
          : refused(answer);
    }
  }

  /** First of three: an active copy is never removed, and SET_VBUCKET would create one that is absent. */
  record RemoveChecking(int vbucket) implements Exchange {
    @Override
    public Frame request() {
      return Admin.getVBucket(vbucket, 0);
    }

    @Override
    public Outcome on(Frame answer) {
      CopyState state = Read.stateIn(answer);
      if (state == null) {
        return refused(answer);
      }
      return switch (state) {
        case ABSENT -> done();
        case ACTIVE ->
            new Outcome.Finished(new Answer.Failed(true, "vb:" + vbucket + " is active and was not removed"));
        default -> new Outcome.Continue(new RemoveSettingDead(vbucket));
      };
    }
  }

  record RemoveSettingDead(int vbucket) implements Exchange {
    @Override
    public Frame request() {
      return new Admin.SetVBucket(vbucket, 0, VBucketState.DEAD, "").toFrame();
    }

    @Override
    public Outcome on(Frame answer) {
      return answer.status() == Status.SUCCESS ? new Outcome.Continue(new RemoveDeleting(vbucket)) : refused(answer);
    }
  }

  record RemoveDeleting(int vbucket) implements Exchange {
    @Override
    public Frame request() {
      return Admin.delVBucket(vbucket, 0);
    }

    /** Until all files are deleted. */
    @Override
    public boolean waits() {
      return true;
    }

    @Override
    public Outcome on(Frame answer) {
      return answer.status() == Status.SUCCESS || answer.status() == Status.NOT_MY_VBUCKET ? done() : refused(answer);
    }
  }

  /** Collects pairs until the empty key, then reads from them what the group is asked for. */
  record Stat(String group, Map<String, String> pairs) implements Exchange {
    @Override
    public Frame request() {
      return Admin.stat(group, 0);
    }

    @Override
    public Outcome on(Frame answer) {
      if (answer.status() != Status.SUCCESS) {
        return group.startsWith("dcp-vbtakeover")
            ? new Outcome.Finished(new Answer.Backfill(false, Long.MAX_VALUE))
            : refused(answer);
      }
      if (answer.key().length > 0) {
        // One map grows along the whole answer; nobody else sees it before the end.
        Map<String, String> more = pairs.isEmpty() ? new LinkedHashMap<>() : pairs;
        more.put(answer.keyText(), answer.valueText());
        return new Outcome.More(new Stat(group, more));
      }
      if (group.startsWith("dcp-vbtakeover")) {
        return new Outcome.Finished(backfill());
      }
      if (group.startsWith("vbucket-seqno")) {
        String prefix = "vb_" + group.substring("vbucket-seqno ".length());
        String persisted = prefix + ":last_persisted_seqno";
        return new Outcome.Finished(new Answer.Seqno(
            number(prefix + ":high_seqno"), pairs.containsKey(persisted) ? number(persisted) : -1));
      }
      return new Outcome.Finished(new Answer.Stats(pairs));
    }

    private Answer backfill() {
      String status = pairs.getOrDefault("status", "no_status_stat_seen");
      boolean running = status.equals("backfilling") || status.equals("in-memory");
      return new Answer.Backfill(
          running, running ? number("estimate") : Long.MAX_VALUE,
          pairs.containsKey("vb_items") ? number("vb_items") : 0);
    }

    private long number(String key) {
      String text = pairs.get(key);
      if (text == null) {
        throw new FrameFormatException("stats \"" + group + "\" have no " + key);
      }
      try {
        return Long.parseUnsignedLong(text);
      } catch (NumberFormatException wrong) {
        throw new FrameFormatException("stats \"" + group + "\": " + key + " is no number");
      }
    }
  }

  record Persist(int vbucket, long seqno) implements Exchange {
    @Override
    public Frame request() {
      return new Admin.SeqnoPersistence(vbucket, 0, seqno).toFrame();
    }

    @Override
    public boolean waits() {
      return true;
    }

    @Override
    public Outcome on(Frame answer) {
      return switch (answer.status()) {
        case Status.SUCCESS -> done();
        // The node's own limit ran out; ours is the mover's.
        case Status.ETMPFAIL -> new Outcome.Continue(this);
        default -> refused(answer);
      };
    }
  }

  record GetConfig() implements Exchange {
    @Override
    public Frame request() {
      return Admin.getClusterConfig(0);
    }

    @Override
    public Outcome on(Frame answer) {
      return switch (answer.status()) {
        case Status.SUCCESS -> new Outcome.Finished(new Answer.Config(answer.valueText()));
        case Status.KEY_ENOENT -> new Outcome.Finished(new Answer.Config(""));
        default -> refused(answer);
      };
    }
  }

  /** A node keeps the configuration that it is given last, also over a newer one of somebody else: what it has is asked first (T25). */
  record ConfigChecking(String bucket, NodeQuestion.WriteConfig config) implements Exchange {
    @Override
    public Frame request() {
      return Admin.getClusterConfig(0);
    }

    @Override
    public Outcome on(Frame answer) {
      return switch (answer.status()) {
        case Status.SUCCESS -> checked(answer.valueText());
        case Status.KEY_ENOENT -> new Outcome.Continue(new SetConfig(bucket, config));
        default -> refused(answer);
      };
    }

    private Outcome checked(String json) {
      ConfigRevision present;
      try {
        present = ConfigRevision.of(json);
      } catch (IllegalArgumentException unreadable) {
        return new Outcome.Finished(new Answer.Failed(
            true, "with a map that cannot be read, which was not written over: " + unreadable.getMessage()));
      }
      ConfigRevision ours = new ConfigRevision(config.epoch(), config.revision());
      return present.isNewerThan(ours)
          ? new Outcome.Finished(new Answer.Failed(
              true, Status.KEY_EEXISTS,
              "with a newer map of somebody else, " + present + ", which was not written over with " + ours))
          : new Outcome.Continue(new SetConfig(bucket, config));
    }
  }

  record SetConfig(String bucket, NodeQuestion.WriteConfig config) implements Exchange {
    @Override
    public Frame request() {
      return Admin.SetClusterConfig.ofRead(0, bucket, config.epoch(), config.revision(), config.json()).toFrame();
    }

    @Override
    public Outcome on(Frame answer) {
      return answer.status() == Status.SUCCESS ? done() : refused(answer);
    }
  }
}

package io.millrace.broker.share;

import io.millrace.base.time.Clock;
import io.millrace.broker.shard.Effects;
import io.millrace.broker.shard.ShardState;
import io.millrace.protocol.error.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded of the share-partitions of one partition of {@code __share_group_state}: the
 * state machine that {@link io.millrace.broker.shard.ShardRuntime} runs. Owned by the shard's loop;
 * no I/O.
 */
final class ShareStateShard implements ShardState {
    private static final int NO_LEADER = -1;

    private final Clock clock;
    private final Map<ShareKey, ShareState> states = new HashMap<>();

    ShareStateShard(Clock clock) {
        this.clock = clock;
    }

    /** The state, or null if nothing was ever recorded. */
    @Nullable ShareState find(ShareKey key) {
        return states.get(key);
    }

    /** All of a group. */
    Map<ShareKey, ShareState> ofGroup(String groupId) {
        Map<ShareKey, ShareState> found = new HashMap<>();
        states.forEach(
                (key, state) -> {
                    if (key.groupId().equals(groupId)) {
                        found.put(key, state);
                    }
                });
        return found;
    }

    /** Takes over what the partition's leader has changed. */
    ErrorCode write(ShareKey key, ShareState changed, Effects effects) {
        ShareState known = states.get(key);
        if (known != null && known.leaderEpoch() > changed.leaderEpoch()) {
            return ErrorCode.FENCED_LEADER_EPOCH;
        }
        if (known != null && known.stateEpoch() != changed.stateEpoch()) {
            return ErrorCode.FENCED_STATE_EPOCH;
        }
        record(key, changed, effects);
        return ErrorCode.NONE;
    }

    /** Sets the start offset from outside; what was known of the records is forgotten. */
    ErrorCode reset(ShareKey key, long startOffset, Effects effects) {
        ShareState known = states.get(key);
        int epoch = known == null ? 0 : known.stateEpoch() + 1;
        record(key, new ShareState(epoch, NO_LEADER, startOffset, java.util.List.of()), effects);
        return ErrorCode.NONE;
    }

    /** Forgets a share-partition; true if it was known. */
    boolean delete(ShareKey key, Effects effects) {
        if (states.remove(key) == null) {
            return false;
        }
        effects.append(ShareRecords.tombstone(key));
        return true;
    }

    private void record(ShareKey key, ShareState state, Effects effects) {
        states.put(key, state);
        effects.append(ShareRecords.of(key, state, clock.wallMs()));
    }

    @Override
    public void apply(byte[] keyBytes, byte @Nullable [] valueBytes) {
        ShareRecords.Parsed parsed = ShareRecords.parse(keyBytes, valueBytes);
        if (parsed instanceof ShareRecords.Parsed.Snapshot snapshot) {
            if (snapshot.state() == null) {
                states.remove(snapshot.key());
            } else {
                states.put(snapshot.key(), snapshot.state());
            }
        } else if (parsed instanceof ShareRecords.Parsed.Update update) {
            states.computeIfPresent(
                    update.key(), (key, before) -> ShareRecords.merge(before, update));
        }
    }

    @Override
    public void loaded(Effects effects) {}

    @Override
    public void unload(Consumer<Effects.Reply<?>> replies) {}

    @Override
    public int size() {
        return states.size();
    }
}

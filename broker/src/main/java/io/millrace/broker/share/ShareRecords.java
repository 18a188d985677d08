package io.millrace.broker.share;

import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.protocol.coordinator.ShareSnapshotKey;
import io.millrace.protocol.coordinator.ShareSnapshotValue;
import io.millrace.protocol.coordinator.ShareUpdateValue;
import io.millrace.protocol.message.MalformedMessageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records of {@code __share_group_state} in Kafka's own format, each message behind an int16: the
 * kind of record before the key, its version before the value. Every change is written as a
 * snapshot, so that the topic can be compacted; updates, which Kafka writes in between, are read as
 * well.
 */
final class ShareRecords {
    private static final short SNAPSHOT = 0;
    private static final short UPDATE = 1;
    private static final short VERSION = 0;
    private static final long UNCHANGED = -1;

    private ShareRecords() {}

    /** What one record says; the state is null when nothing is kept any more. */
    sealed interface Parsed {
        record Snapshot(ShareKey key, @Nullable ShareState state) implements Parsed {}

        /** Batches that replace what was known of their offsets; start offset -1 = as before. */
        record Update(
                ShareKey key,
                int leaderEpoch,
                long startOffset,
                List<ShareState.StateBatch> batches)
                implements Parsed {}
    }

    static CoordinatorRecord of(ShareKey key, ShareState state, long nowMs) {
        ShareSnapshotValue value =
                new ShareSnapshotValue()
                        .stateEpoch(state.stateEpoch())
                        .leaderEpoch(state.leaderEpoch())
                        .startOffset(state.startOffset())
                        .deliveryCompleteCount((int) state.completed())
                        .createTimestamp(nowMs)
                        .writeTimestamp(nowMs)
                        .stateBatches(
                                state.batches().stream()
                                        .map(
                                                batch ->
                                                        new ShareSnapshotValue.StateBatch()
                                                                .firstOffset(batch.firstOffset())
                                                                .lastOffset(batch.lastOffset())
                                                                .deliveryState(batch.state())
                                                                .deliveryCount(batch.deliveries()))
                                        .toList());
        return CoordinatorRecord.of(SNAPSHOT, keyOf(key), VERSION, value);
    }

    static CoordinatorRecord tombstone(ShareKey key) {
        return CoordinatorRecord.of(SNAPSHOT, keyOf(key), VERSION, null);
    }

    /**
     * @throws IllegalArgumentException if it is no record of this topic
     */
    static Parsed parse(byte[] keyBytes, byte @Nullable [] valueBytes) {
        ByteBuf in = Unpooled.wrappedBuffer(keyBytes);
        try {
            short kind = in.readShort();
            if (kind != SNAPSHOT && kind != UPDATE) {
                throw new IllegalArgumentException("share record of unknown kind " + kind);
            }
            ShareSnapshotKey read = ShareSnapshotKey.read(in, VERSION);
            ShareKey key = new ShareKey(read.groupId(), read.topicId(), read.partition());
            if (valueBytes == null) {
                return new Parsed.Snapshot(key, null);
            }
            ByteBuf body = Unpooled.wrappedBuffer(valueBytes);
            short version = body.readShort();
            if (version != VERSION) {
                throw new IllegalArgumentException(
                        "share record of version " + version + "; " + VERSION + " is known");
            }
            return kind == SNAPSHOT ? snapshot(key, body) : update(key, body);
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("share record cannot be read", e);
        }
    }

    private static Parsed snapshot(ShareKey key, ByteBuf body) {
        ShareSnapshotValue value = ShareSnapshotValue.read(body, VERSION);
        List<ShareState.StateBatch> batches = new ArrayList<>();
        for (ShareSnapshotValue.StateBatch batch : value.stateBatches()) {
            batches.add(
                    new ShareState.StateBatch(
                            batch.firstOffset(),
                            batch.lastOffset(),
                            batch.deliveryState(),
                            batch.deliveryCount()));
        }
        return new Parsed.Snapshot(
                key,
                new ShareState(
                        value.stateEpoch(), value.leaderEpoch(), value.startOffset(), batches));
    }

    private static Parsed update(ShareKey key, ByteBuf body) {
        ShareUpdateValue value = ShareUpdateValue.read(body, VERSION);
        List<ShareState.StateBatch> batches = new ArrayList<>();
        for (ShareUpdateValue.StateBatch batch : value.stateBatches()) {
            batches.add(
                    new ShareState.StateBatch(
                            batch.firstOffset(),
                            batch.lastOffset(),
                            batch.deliveryState(),
                            batch.deliveryCount()));
        }
        return new Parsed.Update(key, value.leaderEpoch(), value.startOffset(), batches);
    }

    /** The state after an update, which names only what changed. */
    static ShareState merge(ShareState before, Parsed.Update update) {
        long start =
                update.startOffset() == UNCHANGED ? before.startOffset() : update.startOffset();
        List<ShareState.StateBatch> merged = new ArrayList<>();
        for (ShareState.StateBatch old : before.batches()) {
            addRemainder(merged, old, update.batches());
        }
        merged.addAll(update.batches());
        merged.removeIf(batch -> batch.lastOffset() < start);
        merged.sort((a, b) -> Long.compare(a.firstOffset(), b.firstOffset()));
        return new ShareState(before.stateEpoch(), update.leaderEpoch(), start, merged);
    }

    private static void addRemainder(
            List<ShareState.StateBatch> merged,
            ShareState.StateBatch old,
            List<ShareState.StateBatch> changes) {
        long from = old.firstOffset();
        List<ShareState.StateBatch> inOrder = new ArrayList<>(changes);
        inOrder.sort((a, b) -> Long.compare(a.firstOffset(), b.firstOffset()));
        for (ShareState.StateBatch change : inOrder) {
            if (change.lastOffset() < from || change.firstOffset() > old.lastOffset()) {
                continue;
            }
            if (change.firstOffset() > from) {
                merged.add(part(old, from, change.firstOffset() - 1));
            }
            from = change.lastOffset() + 1;
        }
        if (from <= old.lastOffset()) {
            merged.add(part(old, from, old.lastOffset()));
        }
    }

    private static ShareState.StateBatch part(ShareState.StateBatch of, long first, long last) {
        return new ShareState.StateBatch(first, last, of.state(), of.deliveries());
    }

    private static ShareSnapshotKey keyOf(ShareKey key) {
        return new ShareSnapshotKey()
                .groupId(key.groupId())
                .topicId(key.topicId())
                .partition(key.partition());
    }
}

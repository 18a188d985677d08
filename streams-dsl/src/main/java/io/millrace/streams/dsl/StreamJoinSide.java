package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.StoreCodec;
import io.millrace.streams.state.TypedWindowStore;
import io.millrace.streams.task.EngineContext;
import io.millrace.streams.task.OperatorTime;
import org.jspecify.annotations.Nullable;

/**
 * One side of a windowed stream-stream join: probes the other side's store with each record (rules
 * 18 to 22). Before that, records whose windows have closed without a partner go downstream; unlike
 * Kafka Streams, without waiting for a second of wall clock to pass.
 *
 * @param <V> value of this side
 * @param <VO> value of the other side
 */
final class StreamJoinSide<K, V, VO, VR> implements ProcessorSupplier<K, V, K, VR> {
    private final StreamJoin<K, ?, ?, VR> join;
    private final boolean left;

    StreamJoinSide(StreamJoin<K, ?, ?, VR> join, boolean left) {
        this.join = join;
        this.left = left;
    }

    @Override
    public Processor<K, V, K, VR> get() {
        return new Probe();
    }

    /** Probes with each record. */
    private final class Probe implements Processor<K, V, K, VR> {
        private final long beforeMs = left ? join.windows().beforeMs : join.windows().afterMs;
        private final long afterMs = left ? join.windows().afterMs : join.windows().beforeMs;
        private final long graceMs = join.windows().gracePeriodMs();
        private final boolean alone = left ? join.leftAlone() : join.rightAlone();

        @SuppressWarnings("NullAway.Init") // set by init
        private EngineContext<K, VR> context;

        @SuppressWarnings("NullAway.Init") // set by init
        private OperatorTime time;

        @SuppressWarnings("NullAway.Init") // set by init
        private TypedWindowStore<K, VO> others;

        private @Nullable UnmatchedStore unmatched;

        @SuppressWarnings("NullAway.Init") // set by init
        private StoreCodec<K, Object> leftCodec;

        @SuppressWarnings("NullAway.Init") // set by init
        private StoreCodec<K, Object> rightCodec;

        private boolean matched;

        @Override
        public void init(ProcessorContext<K, VR> context) {
            this.context = (EngineContext<K, VR>) context;
            this.time = this.context.operatorTime(join.clock());
            this.others = context.getStateStore(left ? join.rightStore() : join.leftStore());
            String store = join.unmatchedStore();
            if (store != null) {
                this.unmatched = context.getStateStore(store);
                this.leftCodec = codec(store, join.leftSerde());
                this.rightCodec = codec(store, join.rightSerde());
            }
        }

        @SuppressWarnings("unchecked") // each side's values only meet their own serde
        private StoreCodec<K, Object> codec(String store, @Nullable Serde<?> values) {
            return this.context.codec(store, join.keySerde(), (Serde<Object>) values);
        }

        @Override
        public void process(Record<K, V> record) {
            long timestamp = record.timestamp();
            long now = time.advance(timestamp);
            K key = record.key();
            V value = record.value();
            if (value == null) {
                context.dropped("null value in a stream-stream join");
                return;
            }
            if (key == null) {
                if (alone) {
                    context.forward(record.withValue(joined(key, value, null)));
                } else {
                    context.dropped("null key in a stream-stream join");
                }
                return;
            }
            if (unmatched != null && timestamp == now) {
                sendClosed(unmatched, now);
            }
            matched = false;
            others.visit(
                    key,
                    Math.max(0, timestamp - beforeMs),
                    Math.max(0, timestamp + afterMs),
                    (otherTime, other) -> match(record, otherTime, other));
            if (matched || !alone || unmatched == null) {
                return;
            }
            if (timestamp + afterMs < now) {
                // Rule 21: late already; nobody waits for its window.
                context.forward(record.withValue(joined(key, value, null)));
            } else {
                StoreCodec<K, Object> codec = left ? leftCodec : rightCodec;
                byte[] bytes = codec.valueBytes(value);
                if (bytes != null) {
                    unmatched.add(timestamp, left, codec.keyBytes(key), bytes);
                }
            }
        }

        private void match(Record<K, V> record, long otherTime, @Nullable VO other) {
            matched = true;
            if (unmatched != null) {
                unmatched.remove(otherTime, !left, leftCodec.keyBytes(record.key()));
            }
            context.forward(
                    new Record<K, VR>(
                            record.key(),
                            joined(record.key(), record.value(), other),
                            Math.max(record.timestamp(), otherTime),
                            record.headersIfAny()));
        }

        private void sendClosed(UnmatchedStore store, long now) {
            // Closed: time + look-ahead + grace < now (rule 20).
            long leftBefore = now - join.windows().afterMs - graceMs;
            long rightBefore = now - join.windows().beforeMs - graceMs;
            if (store.earliest() >= Math.max(leftBefore, rightBefore)) {
                return;
            }
            store.takeClosed(
                    leftBefore,
                    rightBefore,
                    (timestamp, isLeft, keyBytes, valueBytes) -> {
                        StoreCodec<K, Object> codec = isLeft ? leftCodec : rightCodec;
                        K key = codec.key(keyBytes);
                        Object value = codec.value(valueBytes);
                        context.forward(
                                new Record<K, VR>(key, alone(key, value, isLeft), timestamp, null));
                    });
        }

        @SuppressWarnings("unchecked") // the store holds what both sides put
        private @Nullable VR alone(K key, @Nullable Object value, boolean isLeft) {
            StreamJoin<K, Object, Object, VR> both = (StreamJoin<K, Object, Object, VR>) join;
            return isLeft
                    ? both.joiner().apply(key, Absent.orNull(value), Absent.value())
                    : both.joiner().apply(key, Absent.value(), Absent.orNull(value));
        }

        @SuppressWarnings("unchecked") // this side's values are of its own type
        private @Nullable VR joined(K key, V value, @Nullable VO other) {
            StreamJoin<K, Object, Object, VR> both = (StreamJoin<K, Object, Object, VR>) join;
            return left
                    ? both.joiner().apply(key, value, Absent.orNull(other))
                    : both.joiner().apply(key, Absent.orNull(other), value);
        }
    }
}

package io.millrace.streams.dsl;

import io.millrace.streams.header.Headers;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.task.EngineContext;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends the updates of a store downstream: at once, or, where updates may be held back, the last
 * one of each key at commit or when the task's budget is used up. Held-back keys go in the order in
 * which they were first updated, with the value they had before; a key that came and went in
 * between sends nothing (rule 13).
 */
final class ChangeEmitter<K, V> {
    private static final int ENTRY_BYTES = 120;

    private final EngineContext<K, Change<V>> context;
    private final Function<byte[], @Nullable V> decode;
    private final boolean sendOldValues;
    private final boolean holding;
    private Map<PendingKey, Pending<K, V>> pending = new LinkedHashMap<>();

    /**
     * @param decode a value out of a row of the store
     */
    ChangeEmitter(
            ProcessorContext<K, Change<V>> context,
            String store,
            boolean sendOldValues,
            Function<byte[], @Nullable V> decode) {
        this.context = (EngineContext<K, Change<V>>) context;
        this.decode = decode;
        this.sendOldValues = sendOldValues;
        this.holding = this.context.caching(store);
        if (holding) {
            this.context.atFlush(store, this::flush);
        }
    }

    /** Whether {@link #emit} wants old values decoded. */
    boolean wantsOldValue() {
        return sendOldValues && !holding;
    }

    /**
     * @param keyBytes the key in the store
     * @param time start of the window, or 0
     * @param oldRow the store's row before, null if there was none
     * @param oldValue what goes downstream as old value if nothing is held back; see {@link
     *     #wantsOldValue}
     */
    void emit(
            K key,
            byte[] keyBytes,
            long time,
            Record<?, V> update,
            byte @Nullable [] oldRow,
            @Nullable V oldValue) {
        if (!holding) {
            forward(key, update.value(), oldValue, update.timestamp(), update.headersIfAny());
            return;
        }
        PendingKey pendingKey = new PendingKey(keyBytes, time);
        Pending<K, V> held = pending.get(pendingKey);
        if (held == null) {
            held = new Pending<>(key, oldRow);
            pending.put(pendingKey, held);
            context.cacheBudget().take(held.weight(keyBytes));
        }
        held.newValue = update.value();
        held.timestamp = update.timestamp();
        held.headers = update.headersIfAny();
        if (context.cacheBudget().exceeded()) {
            sendOldest();
        }
    }

    private void sendOldest() {
        Iterator<Map.Entry<PendingKey, Pending<K, V>>> oldest = pending.entrySet().iterator();
        while (oldest.hasNext() && context.cacheBudget().exceeded()) {
            Map.Entry<PendingKey, Pending<K, V>> entry = oldest.next();
            oldest.remove();
            send(entry.getKey(), entry.getValue());
        }
    }

    private void flush() {
        if (pending.isEmpty()) {
            return;
        }
        Map<PendingKey, Pending<K, V>> held = pending;
        pending = new LinkedHashMap<>();
        held.forEach(this::send);
    }

    private void send(PendingKey key, Pending<K, V> held) {
        context.cacheBudget().giveBack(held.weight(key.bytes));
        if (held.newValue == null && held.oldRow == null) {
            return;
        }
        V old = sendOldValues && held.oldRow != null ? decode.apply(held.oldRow) : null;
        forward(held.key, held.newValue, old, held.timestamp, held.headers);
    }

    private void forward(
            K key,
            @Nullable V newValue,
            @Nullable V oldValue,
            long timestamp,
            @Nullable Headers headers) {
        context.forward(
                new Record<>(
                        key,
                        new Change<>(newValue, sendOldValues ? oldValue : null),
                        timestamp,
                        headers));
    }

    /** Key bytes and window start, compared by content. */
    private static final class PendingKey {
        private final byte[] bytes;
        private final long time;
        private final int hash;

        PendingKey(byte[] bytes, long time) {
            this.bytes = bytes;
            this.time = time;
            this.hash = Arrays.hashCode(bytes) * 31 + Long.hashCode(time);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof PendingKey that
                    && hash == that.hash
                    && time == that.time
                    && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** The last update of a key, and its row before the first. */
    private static final class Pending<K, V> {
        private final K key;
        private final byte @Nullable [] oldRow;
        private @Nullable V newValue;
        private long timestamp;
        private @Nullable Headers headers;

        Pending(K key, byte @Nullable [] oldRow) {
            this.key = key;
            this.oldRow = oldRow;
        }

        long weight(byte[] keyBytes) {
            return ENTRY_BYTES + 2L * keyBytes.length + (oldRow == null ? 0 : oldRow.length);
        }
    }
}

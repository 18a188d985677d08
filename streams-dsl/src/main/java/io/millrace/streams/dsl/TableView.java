package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.TableStore;
import io.millrace.streams.state.WindowTableStore;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks up a table's rows from another node. One per node and task. */
interface TableView<K, V> {
    void init(ProcessorContext<?, ?> context);

    @Nullable V get(K key);

    /** Timestamp of what {@link #get} found last; only if it found something. */
    long timestamp();

    /** Makes views for the nodes of each task. */
    interface Supplier<K, V> {
        TableView<K, V> get();

        /** Stores a node must be connected to in order to look. */
        Set<String> stores();
    }

    /** Rows out of a store. */
    static <K, V> Supplier<K, V> ofStore(String store) {
        return new Supplier<>() {
            @Override
            public TableView<K, V> get() {
                return new OfStore<>(store);
            }

            @Override
            public Set<String> stores() {
                return Set.of(store);
            }
        };
    }

    /** A view on one store. */
    final class OfStore<K, V> implements TableView<K, V> {
        private final String name;
        private @Nullable TableStore<K, V> store;
        private long timestamp;

        OfStore(String name) {
            this.name = name;
        }

        @Override
        public void init(ProcessorContext<?, ?> context) {
            store = context.getStateStore(name);
        }

        @Override
        public @Nullable V get(K key) {
            TableStore<K, V> open = opened(store, name);
            byte[] row = open.raw(open.keyBytes(key));
            if (row == null) {
                return null;
            }
            timestamp = TableStore.timeOf(row);
            return open.decode(row);
        }

        @Override
        public long timestamp() {
            return timestamp;
        }
    }

    /** Windowed rows out of a store. */
    static <K, V> Supplier<io.millrace.streams.kstream.Windowed<K>, V> ofWindowStore(String store) {
        return new Supplier<>() {
            @Override
            public TableView<io.millrace.streams.kstream.Windowed<K>, V> get() {
                return new OfWindowStore<>(store);
            }

            @Override
            public Set<String> stores() {
                return Set.of(store);
            }
        };
    }

    /** A view on one windowed store. */
    final class OfWindowStore<K, V>
            implements TableView<io.millrace.streams.kstream.Windowed<K>, V> {
        private final String name;
        private @Nullable WindowTableStore<K, V> store;
        private long timestamp;

        OfWindowStore(String name) {
            this.name = name;
        }

        @Override
        public void init(ProcessorContext<?, ?> context) {
            store = context.getStateStore(name);
        }

        @Override
        public @Nullable V get(io.millrace.streams.kstream.Windowed<K> key) {
            WindowTableStore<K, V> open = opened(store, name);
            byte[] row = open.raw(open.keyBytes(key.key()), key.window().start());
            if (row == null) {
                return null;
            }
            timestamp = TableStore.timeOf(row);
            return open.decode(row);
        }

        @Override
        public long timestamp() {
            return timestamp;
        }
    }

    private static <S> S opened(@Nullable S store, String name) {
        if (store == null) {
            throw new IllegalStateException("view on " + name + " used before init");
        }
        return store;
    }

    /** A store builder and the node that writes it. */
    record Written(StoreBuilder<?> store, String node) {}
}

package io.millrace.streams.dsl;

import io.millrace.streams.kstream.ValueJoiner;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.task.EngineContext;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One side of a table-table join: takes this table's updates and looks up the other table. What a
 * missing row on either side means is the kind's business (rule 28).
 */
final class TableJoin<K, V, VO, VR> implements TableSupplier<K, Change<V>, K, VR> {
    private final DslTable<K, V> mine;
    private final DslTable<K, VO> others;
    private final ValueJoiner<? super V, ? super VO, ? extends VR> joiner;

    /** Whether a row of this side alone makes a row of the result. */
    private final boolean mineAlone;

    /** Whether a row of the other side alone makes a row of the result. */
    private final boolean otherAlone;

    private boolean sendOldValues;

    TableJoin(
            DslTable<K, V> mine,
            DslTable<K, VO> others,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            boolean mineAlone,
            boolean otherAlone) {
        this.mine = mine;
        this.others = others;
        this.joiner = joiner;
        this.mineAlone = mineAlone;
        this.otherAlone = otherAlone;
    }

    /** The result's row out of both sides' rows, null if there is none. */
    private @Nullable VR joined(@Nullable V value, @Nullable VO other) {
        boolean exists =
                value != null && other != null
                        || value != null && mineAlone
                        || other != null && otherAlone;
        return exists ? joiner.apply(Absent.orNull(value), Absent.orNull(other)) : null;
    }

    @Override
    public TableView.Supplier<K, VR> view() {
        TableView.Supplier<K, V> left = mine.supplier().view();
        TableView.Supplier<K, VO> right = others.supplier().view();
        return new TableView.Supplier<>() {
            @Override
            public TableView<K, VR> get() {
                return new Computed(left.get(), right.get());
            }

            @Override
            public Set<String> stores() {
                Set<String> both = new LinkedHashSet<>(left.stores());
                both.addAll(right.stores());
                return both;
            }
        };
    }

    @Override
    public boolean sendOldValues(boolean force) {
        sendOldValues = mine.sendOldValues(force);
        return sendOldValues;
    }

    @Override
    public Processor<K, Change<V>, K, Change<VR>> get() {
        return new Updates(others.supplier().view().get());
    }

    /** Joins each update of this side. */
    private final class Updates implements Processor<K, Change<V>, K, Change<VR>> {
        private final TableView<K, VO> view;

        @SuppressWarnings("NullAway.Init") // set by init
        private EngineContext<K, Change<VR>> context;

        Updates(TableView<K, VO> view) {
            this.view = view;
        }

        @Override
        public void init(ProcessorContext<K, Change<VR>> context) {
            this.context = (EngineContext<K, Change<VR>>) context;
            view.init(context);
        }

        @Override
        public void process(Record<K, Change<V>> record) {
            K key = record.key();
            if (key == null) {
                context.dropped("null key in a table join");
                return;
            }
            VO other = view.get(key);
            Change<V> change = record.value();
            if (other == null) {
                // Alone on this side: an inner or right join has nothing to say, the others
                // nothing where nothing was and nothing is.
                if (!mineAlone || change.newValue() == null && change.oldValue() == null) {
                    return;
                }
            }
            long timestamp =
                    other == null
                            ? record.timestamp()
                            : Math.max(record.timestamp(), view.timestamp());
            VR updated = joined(change.newValue(), other);
            VR old = sendOldValues ? joined(change.oldValue(), other) : null;
            context.forward(
                    new Record<>(
                            key, new Change<>(updated, old), timestamp, record.headersIfAny()));
        }
    }

    /** Rows computed from both sides'. */
    private final class Computed implements TableView<K, VR> {
        private final TableView<K, V> left;
        private final TableView<K, VO> right;
        private long timestamp;

        Computed(TableView<K, V> left, TableView<K, VO> right) {
            this.left = left;
            this.right = right;
        }

        @Override
        public void init(ProcessorContext<?, ?> context) {
            left.init(context);
            right.init(context);
        }

        @Override
        public @Nullable VR get(K key) {
            V value = left.get(key);
            VO other = right.get(key);
            timestamp =
                    Math.max(
                            value == null ? 0 : left.timestamp(),
                            other == null ? 0 : right.timestamp());
            return joined(value, other);
        }

        @Override
        public long timestamp() {
            return timestamp;
        }
    }
}

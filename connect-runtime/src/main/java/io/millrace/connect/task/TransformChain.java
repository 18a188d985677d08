package io.millrace.connect.task;

import io.millrace.connect.plugin.ContextLoader;
import java.util.List;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.jspecify.annotations.Nullable;

/** A connector's transforms in order. Used by one thread. */
public final class TransformChain<R extends ConnectRecord<R>> implements AutoCloseable {

    /**
     * One transform, applied where its predicate says.
     *
     * @param negate apply where the predicate does not hold
     * @param loader of the transform's plugin
     */
    public record Link<R extends ConnectRecord<R>>(
            Transformation<R> transform,
            ClassLoader loader,
            @Nullable Predicate<R> predicate,
            @Nullable ClassLoader predicateLoader,
            boolean negate) {

        @Nullable R apply(R record) {
            Predicate<R> condition = predicate;
            if (condition != null && predicateLoader != null) {
                boolean holds = ContextLoader.call(predicateLoader, () -> condition.test(record));
                if (holds == negate) {
                    return record;
                }
            }
            return ContextLoader.call(loader, () -> transform.apply(record));
        }
    }

    private final List<Link<R>> links;

    public TransformChain(List<Link<R>> links) {
        this.links = List.copyOf(links);
    }

    /**
     * The record after all transforms; null when one dropped it.
     *
     * @throws LinkFailure naming the transform that failed
     */
    @Nullable R apply(R record, Tolerance tolerance) throws LinkFailure {
        R current = record;
        for (Link<R> link : links) {
            R input = current;
            @Nullable R output;
            try {
                output = tolerance.retrying(() -> link.apply(input));
            } catch (Exception | LinkageError e) {
                throw new LinkFailure(link.transform().getClass(), e);
            }
            if (output == null) {
                return null;
            }
            current = output;
        }
        return current;
    }

    /** A transform failed on a record. */
    static final class LinkFailure extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Class<?> transform;

        LinkFailure(Class<?> transform, Throwable cause) {
            super(cause);
            this.transform = transform;
        }

        Class<?> transform() {
            return transform;
        }
    }

    boolean isEmpty() {
        return links.isEmpty();
    }

    @Override
    public void close() {
        for (Link<R> link : links) {
            Utils.closeQuietly(link.transform(), "transform");
            Predicate<R> predicate = link.predicate();
            if (predicate != null) {
                Utils.closeQuietly(predicate, "predicate");
            }
        }
    }
}

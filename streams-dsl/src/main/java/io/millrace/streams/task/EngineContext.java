package io.millrace.streams.task;

import io.millrace.streams.processor.api.FixedKeyProcessorContext;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.StoreCodec;
import org.jspecify.annotations.Nullable;

/** What processors of the DSL ask of their task beyond the public context. */
public interface EngineContext<K, V>
        extends ProcessorContext<K, V>, FixedKeyProcessorContext<K, V> {

    /**
     * Runs the action at every commit, in the order in which stores were declared.
     *
     * @param store whose held-back updates the action sends downstream
     */
    void atFlush(String store, Runnable action);

    /** Whether updates of a store may be held back until commit. */
    boolean caching(String store);

    /** The budget that all held-back updates of the task share. */
    CacheBudget cacheBudget();

    /** A clock that nodes share by its name, remembered with every commit. */
    OperatorTime operatorTime(String name);

    /** Turns keys and values into bytes as a store of that name would; serdes may be null. */
    <A, B> StoreCodec<A, B> codec(String store, @Nullable Serde<A> keys, @Nullable Serde<B> values);

    /** Counts a record that was dropped by a rule, and logs it now and then. */
    void dropped(String why);
}

package io.millrace.streams.state;

import io.millrace.streams.processor.StateStore;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.storage.Rows;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The plan of a store; every task opens its own. Made by {@link Stores}. */
public interface StoreBuilder<T extends StateStore> {
    String name();

    /** Coalesce updates downstream until commit, if the job has a cache. */
    StoreBuilder<T> withCachingEnabled();

    StoreBuilder<T> withCachingDisabled();

    /** Keep a changelog, created with these topic settings. The default, with no settings. */
    StoreBuilder<T> withLoggingEnabled(Map<String, String> topicConfig);

    /** No changelog: what is not on this instance's disk is lost when the task moves. */
    StoreBuilder<T> withLoggingDisabled();

    boolean cachingEnabled();

    boolean loggingEnabled();

    Map<String, String> logConfig();

    /** Whether rows are kept on disk too. */
    boolean persistent();

    StoreShape shape();

    /** The store over its rows. For the engine. */
    T open(Opening opening);

    /**
     * What a store is opened with.
     *
     * @param topic name that serdes are told: the changelog's
     * @param defaultKeySerde used when the store names none; may be null
     */
    record Opening(
            Rows rows,
            String topic,
            @Nullable Serde<?> defaultKeySerde,
            @Nullable Serde<?> defaultValueSerde) {}
}

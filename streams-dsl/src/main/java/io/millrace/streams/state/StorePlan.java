package io.millrace.streams.state;

import io.millrace.streams.processor.StateStore;
import java.util.Map;
import java.util.function.Function;

/** The one implementation of {@link StoreBuilder}. */
public final class StorePlan<T extends StateStore> implements StoreBuilder<T> {
    private final String name;
    private final boolean persistent;
    private final StoreShape shape;
    private final Function<Opening, T> opener;
    private boolean caching;
    private boolean logging = true;
    private Map<String, String> logConfig = Map.of();

    public StorePlan(
            String name,
            boolean persistent,
            StoreShape shape,
            boolean caching,
            Function<Opening, T> opener) {
        this.name = name;
        this.persistent = persistent;
        this.shape = shape;
        this.caching = caching;
        this.opener = opener;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public StoreBuilder<T> withCachingEnabled() {
        caching = true;
        return this;
    }

    @Override
    public StoreBuilder<T> withCachingDisabled() {
        caching = false;
        return this;
    }

    @Override
    public StoreBuilder<T> withLoggingEnabled(Map<String, String> topicConfig) {
        logging = true;
        logConfig = Map.copyOf(topicConfig);
        return this;
    }

    @Override
    public StoreBuilder<T> withLoggingDisabled() {
        logging = false;
        logConfig = Map.of();
        return this;
    }

    @Override
    public boolean cachingEnabled() {
        return caching;
    }

    @Override
    public boolean loggingEnabled() {
        return logging;
    }

    @Override
    public Map<String, String> logConfig() {
        return logConfig;
    }

    @Override
    public boolean persistent() {
        return persistent;
    }

    @Override
    public StoreShape shape() {
        return shape;
    }

    @Override
    public T open(Opening opening) {
        return opener.apply(opening);
    }
}

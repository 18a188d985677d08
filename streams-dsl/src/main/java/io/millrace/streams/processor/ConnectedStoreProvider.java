package io.millrace.streams.processor;

import io.millrace.streams.state.StoreBuilder;
import java.util.Set;

/** A supplier of processors that brings the stores they use. */
public interface ConnectedStoreProvider {
    /** Stores to add (once) and to connect. */
    default Set<StoreBuilder<?>> stores() {
        return Set.of();
    }
}

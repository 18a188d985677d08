package io.millrace.connect.task;

import io.millrace.connect.store.OffsetFormat;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.jspecify.annotations.Nullable;

/**
 * Offsets as a connector or its tasks ask for them; every question reads the topic to its end
 * first.
 */
public final class OffsetReader implements OffsetStorageReader {
    private static final long PATIENCE_SECONDS = 60;

    private final String connector;
    private final OffsetStore store;

    public OffsetReader(String connector, OffsetStore store) {
        this.connector = connector;
        this.store = store;
    }

    @Override
    public <T> @Nullable Map<String, Object> offset(Map<String, T> partition) {
        return read().get(new OffsetFormat().normal(partition));
    }

    @Override
    public <T> Map<Map<String, T>, Map<String, Object>> offsets(
            Collection<Map<String, T>> partitions) {
        Map<Map<String, Object>, Map<String, Object>> all = read();
        OffsetFormat format = new OffsetFormat();
        Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
        for (Map<String, T> partition : partitions) {
            Map<String, Object> offset = all.get(format.normal(partition));
            if (offset != null) {
                found.put(partition, offset);
            }
        }
        return found;
    }

    private Map<Map<String, Object>, Map<String, Object>> read() {
        try {
            return store.read(connector).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while reading offsets of " + connector, e);
        } catch (ExecutionException | TimeoutException e) {
            throw new ConnectException(
                    "offsets of "
                            + connector
                            + " cannot be read from the cluster: "
                            + RootCause.line(e),
                    e);
        }
    }
}

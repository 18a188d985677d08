package io.millrace.connect.worker;

import io.millrace.connect.kafka.TableLog;
import io.millrace.connect.store.KeyValue;
import io.millrace.connect.store.OffsetFormat;
import io.millrace.connect.store.OffsetTable;
import io.millrace.connect.task.OffsetStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Source offsets kept in the offset topic. */
final class TopicOffsetStore implements OffsetStore {
    private static final Logger LOGGER = LoggerFactory.getLogger(TopicOffsetStore.class);

    private final TableLog log;
    private final OffsetTable table = new OffsetTable();
    private final OffsetFormat readFormat = new OffsetFormat();

    TopicOffsetStore(TableLog log) {
        this.log = log;
    }

    /** Completes when the topic was read once. */
    CompletableFuture<Void> start() {
        return log.start(this::onRecord);
    }

    private void onRecord(long offset, byte @Nullable [] key, byte @Nullable [] value) {
        try {
            table.apply(readFormat.decodeKey(key), readFormat.decodeValue(value));
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("offset", offset)
                    .addKeyValue("why", e.getMessage())
                    .log("record of the offset topic is not a source offset; left out");
        }
    }

    @Override
    public CompletableFuture<Void> write(
            String connector, Map<? extends Map<String, ?>, ? extends Map<String, ?>> offsets) {
        OffsetFormat format = new OffsetFormat();
        List<KeyValue> records = new ArrayList<>(offsets.size());
        try {
            offsets.forEach(
                    (partition, offset) ->
                            records.add(format.encode(connector, partition, offset)));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return log.append(records);
    }

    @Override
    public CompletableFuture<Map<Map<String, Object>, Map<String, Object>>> read(String connector) {
        return log.readToEnd().thenApply(done -> table.of(connector));
    }
}

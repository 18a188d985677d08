package io.millrace.connectors.postgres.cdc;

import io.millrace.connectors.postgres.cdc.capture.Capture;
import io.millrace.connectors.postgres.cdc.capture.RecordOffset;
import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/**
 * One database captured. The work is done by {@link Capture}'s thread; polls take from its queue,
 * acknowledgements go to its ledger. {@link #stop} and {@link #commitRecord} may come from other
 * threads than the polls.
 */
public final class PostgresCdcSourceTask extends SourceTask {
    private volatile @Nullable Capture capture;
    private int maxBatchRecords;
    private long pollIntervalMs;

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public void start(Map<String, String> properties) {
        CdcConfig config = CdcConfig.parse(properties);
        Map<String, String> partition = Map.of("server", config.topicPrefix());
        Map<String, Object> offset = context.offsetStorageReader().offset(partition);
        maxBatchRecords = config.limits().maxBatchRecords();
        pollIntervalMs = config.limits().pollIntervalMs();
        Capture started = new Capture(config, version(), partition, offset, Clock.systemUTC());
        capture = started;
        started.start();
    }

    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        Capture running = capture;
        if (running == null) {
            return null;
        }
        List<SourceRecord> records = running.queue().poll(maxBatchRecords, pollIntervalMs);
        return records.isEmpty() ? null : records;
    }

    /** A null {@code metadata} means the record was dropped by a transform: done as well. */
    @Override
    public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
        Capture running = capture;
        if (running == null) {
            return;
        }
        if (!(record.sourceOffset() instanceof RecordOffset offset)) {
            throw new ConnectException(
                    "a record of topic "
                            + record.topic()
                            + " came back with another offset than it was sent with; a transform"
                            + " must keep the source offset");
        }
        running.acknowledged(offset.sequence());
    }

    @Override
    public void stop() {
        Capture running = capture;
        if (running != null) {
            running.stop();
        }
    }
}

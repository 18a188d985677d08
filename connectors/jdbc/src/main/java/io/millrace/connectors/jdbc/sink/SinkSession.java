package io.millrace.connectors.jdbc.sink;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's life between start and stop: writes what it is given, counts attempts, and continues
 * from the offsets in the target if they are kept there. Owned by the task's thread.
 */
public final class SinkSession implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(SinkSession.class);

    private final SinkConfig config;
    private final SinkTaskContext context;
    private final SinkWriter writer;
    private int failedAttempts;

    public SinkSession(SinkConfig config, SinkTaskContext context) {
        this.config = config;
        this.context = context;
        this.writer = new SinkWriter(config, reporter(context));
    }

    private static @Nullable BiConsumer<SinkRecord, Throwable> reporter(SinkTaskContext context) {
        ErrantRecordReporter errants = context.errantRecordReporter();
        if (errants == null) {
            return null;
        }
        return (record, failure) -> {
            Future<Void> reported = errants.report(record, failure);
            try {
                reported.get(); // the record may be passed over only once it is kept elsewhere
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RetriableException("interrupted while reporting a bad record", e);
            } catch (ExecutionException e) {
                throw new ConnectException("the bad record could not be reported", e.getCause());
            }
        };
    }

    /** Continues from the target's offsets, which are exact, rather than the group's. */
    public void open(Collection<TopicPartition> partitions) {
        OffsetTable offsets = writer.offsets();
        if (offsets == null || partitions.isEmpty()) {
            return;
        }
        writer.useHandle(
                handle -> {
                    offsets.create(handle);
                    offsets.read(handle, partitions).forEach(context::offset);
                });
    }

    public void put(Collection<SinkRecord> records) {
        try {
            writer.write(List.copyOf(records));
            failedAttempts = 0;
        } catch (RetriableException e) {
            failedAttempts++;
            if (config.maxRetries() >= 0 && failedAttempts > config.maxRetries()) {
                throw new ConnectException(
                        "gave up after "
                                + failedAttempts
                                + " attempts (max.retries="
                                + config.maxRetries()
                                + "): "
                                + e.getMessage(),
                        e);
            }
            LOGGER.atWarn()
                    .addKeyValue("attempt", failedAttempts)
                    .addKeyValue("cause", e.getMessage())
                    .log("writing failed, will try again");
            context.timeout(config.retryBackoffMs());
            throw e;
        }
    }

    @Override
    public void close() {
        writer.close();
    }
}

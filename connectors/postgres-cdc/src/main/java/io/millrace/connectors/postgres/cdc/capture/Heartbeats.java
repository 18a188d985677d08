package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.envelope.ChangeRecord;
import java.time.Clock;
import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/** Records that move the stored offset of an idle database. Owned by the capture thread. */
final class Heartbeats {
    private static final Schema KEY =
            SchemaBuilder.struct()
                    .name("io.debezium.connector.common.ServerNameKey")
                    .version(1)
                    .field("serverName", Schema.STRING_SCHEMA)
                    .build();
    private static final Schema VALUE =
            SchemaBuilder.struct()
                    .name("io.debezium.connector.common.Heartbeat")
                    .version(1)
                    .field("ts_ms", Schema.INT64_SCHEMA)
                    .build();

    private final String topic;
    private final String serverName;
    private final int intervalMs;
    private final Clock clock;
    private long lastMs;

    Heartbeats(CdcConfig config, Clock clock) {
        this.topic = config.output().heartbeatTopicsPrefix() + "." + config.topicPrefix();
        this.serverName = config.topicPrefix();
        this.intervalMs = config.output().heartbeatIntervalMs();
        this.clock = clock;
        this.lastMs = clock.millis();
    }

    boolean due() {
        return intervalMs > 0 && clock.millis() - lastMs >= intervalMs;
    }

    void emit(RecordEmitter emitter, Position reached) {
        lastMs = clock.millis();
        ChangeRecord beat =
                new ChangeRecord(
                        topic,
                        KEY,
                        new Struct(KEY).put("serverName", serverName),
                        VALUE,
                        new Struct(VALUE).put("ts_ms", lastMs),
                        List.of());
        emitter.emit(List.of(beat), new Progress.Streaming(reached), 0, lastMs * 1000);
    }
}

package io.millrace.system.faults;

import io.millrace.simulation.history.Probe;
import io.millrace.simulation.history.Recorder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the batches of every replica's log from the disks, while nobody writes. */
final class ReplicaLogs {
    private static final int LENGTH_AT = 8;
    private static final int EPOCH_AT = 12;
    private static final int CRC_AT = 17;
    private static final int HEADER_BYTES = 61;

    /** What the length of a batch does not count: its base offset and itself. */
    private static final int LOG_OVERHEAD = 12;

    private ReplicaLogs() {}

    static void record(Cluster cluster, String topic, Recorder recorder) {
        for (Node broker : cluster.brokers()) {
            for (Path log : LogDamage.logs(cluster.disk(broker).directory(), topic)) {
                record(broker.id(), log, recorder);
            }
        }
    }

    private static void record(int broker, Path log, Recorder recorder) {
        String partition = log.getParent().getFileName().toString();
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(log));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        while (bytes.remaining() >= HEADER_BYTES) {
            int at = bytes.position();
            int length = bytes.getInt(at + LENGTH_AT) + LOG_OVERHEAD;
            if (length < HEADER_BYTES || length > bytes.remaining()) {
                throw new IllegalStateException(
                        "a batch of " + length + " bytes at byte " + at + " of " + log);
            }
            recorder.note(
                    "disks",
                    new Probe.Stored(
                            broker,
                            partition,
                            bytes.getLong(at),
                            bytes.getInt(at + EPOCH_AT),
                            bytes.getInt(at + CRC_AT),
                            true));
            bytes.position(at + length);
        }
    }
}

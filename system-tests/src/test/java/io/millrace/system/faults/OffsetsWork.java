package io.millrace.system.faults;

import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Recorder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Asks for offsets all the time: latest, stable, by time, and committed ones. */
final class OffsetsWork extends Work {
    private static final int PAUSE_MS = 300;
    private static final long BACK_MS = 3_000;

    private final String bootstrap;
    private final Recorder recorder;
    private final List<TopicPartition> partitions;
    private final String group;

    /**
     * @param group whose offsets on the partitions are asked for
     */
    OffsetsWork(
            String name,
            String bootstrap,
            Recorder recorder,
            List<TopicPartition> partitions,
            String group) {
        super(name);
        this.bootstrap = bootstrap;
        this.recorder = recorder;
        this.partitions = partitions;
        this.group = group;
    }

    @Override
    void work() {
        try (Admin admin = admin()) {
            while (!isFinishing()) {
                latest(admin, Isolation.READ_UNCOMMITTED);
                latest(admin, Isolation.READ_COMMITTED);
                long wall = System.currentTimeMillis() - BACK_MS;
                list(admin, Isolation.READ_UNCOMMITTED, wall, OffsetSpec.forTimestamp(wall));
                committed(admin, group, partitions, false);
                Pause.millis(PAUSE_MS);
            }
        }
    }

    Admin admin() {
        Properties config = ClientSettings.common(bootstrap);
        config.put("default.api.timeout.ms", "5000");
        return Admin.create(config);
    }

    void latest(Admin admin, Isolation isolation) {
        list(admin, isolation, Call.ListOffsets.LATEST, OffsetSpec.latest());
    }

    /** Whether committed readers get as far as all others, on all partitions. */
    boolean isStable(Admin admin) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
        var all = ClusterState.ask(admin.listOffsets(wanted).all());
        var stable =
                ClusterState.ask(
                        admin.listOffsets(
                                        wanted,
                                        new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                                .all());
        return partitions.stream().allMatch(p -> all.get(p).offset() == stable.get(p).offset());
    }

    private void list(Admin admin, Isolation isolation, long timestamp, OffsetSpec spec) {
        Map<TopicPartition, Long> operations = new HashMap<>();
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (TopicPartition partition : partitions) {
            operations.put(
                    partition,
                    recorder.invoke(
                            name(),
                            new Call.ListOffsets(partition.toString(), isolation, timestamp)));
            wanted.put(partition, spec);
        }
        var result =
                admin.listOffsets(
                        wanted,
                        new ListOffsetsOptions(
                                isolation == Isolation.READ_COMMITTED
                                        ? IsolationLevel.READ_COMMITTED
                                        : IsolationLevel.READ_UNCOMMITTED));
        operations.forEach(
                (partition, operation) -> record(operation, result.partitionResult(partition)));
    }

    private void record(long operation, KafkaFuture<ListOffsetsResultInfo> future) {
        try {
            ListOffsetsResultInfo answer = ClusterState.ask(future);
            recorder.ok(
                    name(),
                    operation,
                    new Answer.Offset(answer.offset(), answer.leaderEpoch().orElse(-1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            recorder.info(name(), operation, e.toString());
        }
    }

    void committed(Admin admin, String of, List<TopicPartition> asked, boolean last) {
        Map<TopicPartition, Long> operations = new HashMap<>();
        for (TopicPartition partition : asked) {
            operations.put(
                    partition,
                    recorder.invoke(name(), new Call.Committed(of, partition.toString(), last)));
        }
        try {
            Map<TopicPartition, OffsetAndMetadata> offsets =
                    ClusterState.ask(
                            admin.listConsumerGroupOffsets(of).partitionsToOffsetAndMetadata(of));
            operations.forEach(
                    (partition, operation) -> {
                        OffsetAndMetadata offset = offsets.get(partition);
                        recorder.ok(
                                name(),
                                operation,
                                new Answer.Offset(offset == null ? -1 : offset.offset(), -1));
                    });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            operations.values().forEach(operation -> recorder.info(name(), operation, "" + e));
        }
    }
}

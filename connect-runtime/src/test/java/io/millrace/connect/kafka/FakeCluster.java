package io.millrace.connect.kafka;

import io.millrace.clients.ClientException;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.ClusterDescription;
import io.millrace.clients.admin.ConfigEntry;
import io.millrace.clients.admin.ConfigResource;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.admin.TopicDescription;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.consumer.PartitionAssignor;
import io.millrace.clients.consumer.TimestampType;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.producer.RecordMetadata;
import io.millrace.clients.producer.SendCallback;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * A cluster in memory: topics with partitions, groups whose partitions are dealt out by rank,
 * offsets. Enough of a cluster for a whole worker. Acknowledgements can be held back, sends can be
 * refused.
 */
public final class FakeCluster implements KafkaClients {
    private static final int DEFAULT_PARTITIONS = 1;

    final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> logs = new TreeMap<>();
    final Map<String, Integer> topics = new TreeMap<>();
    final Map<String, Map<String, String>> topicConfigs = new HashMap<>();
    final Map<String, Map<TopicPartition, OffsetAndMetadata>> groups = new HashMap<>();
    final Map<String, List<FakeConsumer>> members = new HashMap<>();
    private final List<Runnable> heldAcks = new ArrayList<>();
    private boolean holding;
    private Predicate<ProducerRecord<byte[], byte[]>> refuse = record -> false;

    public synchronized void createTopic(String topic, int partitions) {
        topics.put(topic, partitions);
        for (int i = 0; i < partitions; i++) {
            logs.computeIfAbsent(new TopicPartition(topic, i), p -> new ArrayList<>());
        }
        notifyAll();
    }

    /** From now on acknowledgements wait for {@link #releaseAcks}. */
    public synchronized void holdAcks() {
        holding = true;
    }

    public void releaseAcks() {
        List<Runnable> acks;
        synchronized (this) {
            holding = false;
            acks = new ArrayList<>(heldAcks);
            heldAcks.clear();
        }
        acks.forEach(Runnable::run);
    }

    /** Releases one held acknowledgement by its place. */
    public void releaseAck(int index) {
        Runnable ack;
        synchronized (this) {
            ack = heldAcks.remove(index);
        }
        ack.run();
    }

    public synchronized int heldAcks() {
        return heldAcks.size();
    }

    public synchronized void refuse(Predicate<ProducerRecord<byte[], byte[]>> which) {
        refuse = which;
    }

    /** Records of all partitions of a topic, partition by partition. */
    public synchronized List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        logs.forEach(
                (partition, records) -> {
                    if (partition.topic().equals(topic)) {
                        found.addAll(records);
                    }
                });
        return found;
    }

    /** Values of a topic as text. */
    public List<String> values(String topic) {
        return records(topic).stream().map(record -> text(record.value())).toList();
    }

    /** Last value per key of a topic, as text. */
    public Map<String, String> table(String topic) {
        Map<String, String> table = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records(topic)) {
            if (record.value() == null) {
                table.remove(text(record.key()));
            } else {
                table.put(text(record.key()), text(record.value()));
            }
        }
        return table;
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    public void produce(String topic, String key, String value) {
        append(
                new ProducerRecord<>(
                        topic,
                        null,
                        1_000L,
                        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                        value == null ? null : value.getBytes(StandardCharsets.UTF_8),
                        Headers.EMPTY));
    }

    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(String group) {
        return new TreeMap<>(groups.getOrDefault(group, Map.of()));
    }

    synchronized ConsumerRecord<byte[], byte[]> append(ProducerRecord<byte[], byte[]> record) {
        if (!topics.containsKey(record.topic())) {
            createTopic(record.topic(), DEFAULT_PARTITIONS);
        }
        int count = topics.get(record.topic());
        int partition =
                record.partition() != null
                        ? record.partition()
                        : record.key() == null
                                ? 0
                                : Math.floorMod(java.util.Arrays.hashCode(record.key()), count);
        TopicPartition tp = new TopicPartition(record.topic(), partition);
        List<ConsumerRecord<byte[], byte[]>> log = logs.get(tp);
        ConsumerRecord<byte[], byte[]> stored =
                new ConsumerRecord<>(
                        tp,
                        log.size(),
                        record.timestampMs() == null ? 1_000L : record.timestampMs(),
                        TimestampType.CREATE_TIME,
                        record.key(),
                        record.value(),
                        record.headers());
        log.add(stored);
        notifyAll();
        return stored;
    }

    private void send(ProducerRecord<byte[], byte[]> record, SendCallback callback) {
        boolean refused;
        synchronized (this) {
            refused = refuse.test(record);
        }
        if (refused) {
            callback.onFailed(
                    new TopicPartition(record.topic(), 0), new ClientException("record refused"));
            return;
        }
        ConsumerRecord<byte[], byte[]> stored = append(record);
        Runnable ack =
                () ->
                        callback.onAcknowledged(
                                stored.topicPartition(), stored.offset(), stored.timestampMs());
        synchronized (this) {
            if (holding && !record.topic().startsWith("connect-")) {
                heldAcks.add(ack);
                return;
            }
        }
        ack.run();
    }

    @Override
    public Producer<byte[], byte[]> producer(String clientId, Map<String, String> settings) {
        return new FakeProducer();
    }

    @Override
    public Consumer<byte[], byte[]> consumer(String clientId, Map<String, String> settings) {
        return new FakeConsumer(this, settings.getOrDefault("group.id", ""), null);
    }

    @Override
    public Consumer<byte[], byte[]> member(
            String clientId, Map<String, String> settings, PartitionAssignor assignor) {
        return new FakeConsumer(this, settings.get("group.id"), assignor);
    }

    private final class FakeProducer implements Producer<byte[], byte[]> {
        @Override
        public CompletableFuture<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
            CompletableFuture<RecordMetadata> done = new CompletableFuture<>();
            send(
                    record,
                    new SendCallback() {
                        @Override
                        public void onAcknowledged(TopicPartition tp, long offset, long ms) {
                            done.complete(new RecordMetadata(tp, OptionalLong.of(offset), ms));
                        }

                        @Override
                        public void onFailed(TopicPartition tp, ClientException error) {
                            done.completeExceptionally(error);
                        }
                    });
            return done;
        }

        @Override
        public void send(ProducerRecord<byte[], byte[]> record, SendCallback callback) {
            FakeCluster.this.send(record, callback);
        }

        @Override
        public void flush() {}

        @Override
        public void initTransactions() {
            throw new UnsupportedOperationException("transactions");
        }

        @Override
        public void beginTransaction() {
            throw new UnsupportedOperationException("transactions");
        }

        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, GroupMetadata member) {
            throw new UnsupportedOperationException("transactions");
        }

        @Override
        public void commitTransaction() {
            throw new UnsupportedOperationException("transactions");
        }

        @Override
        public void abortTransaction() {
            throw new UnsupportedOperationException("transactions");
        }

        @Override
        public List<PartitionDescription> partitionsFor(String topic) {
            return describe(topic).partitions();
        }

        @Override
        public void close() {}

        @Override
        public void close(Duration timeout) {}
    }

    synchronized TopicDescription describe(String topic) {
        List<PartitionDescription> partitions = new ArrayList<>();
        for (int i = 0; i < topics.getOrDefault(topic, 0); i++) {
            partitions.add(
                    new PartitionDescription(
                            new TopicPartition(topic, i),
                            Optional.empty(),
                            List.of(1),
                            List.of(1)));
        }
        return new TopicDescription(topic, new UUID(0, topic.hashCode()), false, partitions);
    }

    @Override
    public Admin admin(String clientId) {
        return (Admin)
                Proxy.newProxyInstance(
                        Admin.class.getClassLoader(),
                        new Class<?>[] {Admin.class},
                        (proxy, method, arguments) -> answer(method.getName(), arguments));
    }

    @SuppressWarnings("unchecked")
    private synchronized Object answer(String method, Object[] arguments) {
        switch (method) {
            case "close" -> {
                return null;
            }
            case "describeCluster" -> {
                return done(new ClusterDescription("fake-cluster", List.of(), Optional.empty()));
            }
            case "findTopics" -> {
                Map<String, TopicDescription> found = new HashMap<>();
                for (String topic : (Collection<String>) arguments[0]) {
                    if (topics.containsKey(topic)) {
                        found.put(topic, describe(topic));
                    }
                }
                return done(found);
            }
            case "createTopics" -> {
                for (NewTopic topic : (Collection<NewTopic>) arguments[0]) {
                    createTopic(topic.name(), topic.partitions().orElse(DEFAULT_PARTITIONS));
                    topicConfigs.put(topic.name(), topic.configs());
                }
                return done(Map.of());
            }
            case "describeConfigs" -> {
                Map<ConfigResource, Map<String, ConfigEntry>> found = new HashMap<>();
                for (ConfigResource resource : (Collection<ConfigResource>) arguments[0]) {
                    Map<String, ConfigEntry> entries = new LinkedHashMap<>();
                    topicConfigs
                            .getOrDefault(resource.name(), Map.of())
                            .forEach(
                                    (key, value) ->
                                            entries.put(
                                                    key,
                                                    new ConfigEntry(
                                                            key,
                                                            Optional.of(value),
                                                            ConfigEntry.Source.DYNAMIC_TOPIC,
                                                            false,
                                                            false,
                                                            Optional.empty())));
                    found.put(resource, entries);
                }
                return done(found);
            }
            case "listGroupOffsets" -> {
                return done(committed((String) arguments[0]));
            }
            case "alterGroupOffsets" -> {
                groups.computeIfAbsent((String) arguments[0], g -> new HashMap<>())
                        .putAll((Map<TopicPartition, OffsetAndMetadata>) arguments[1]);
                return done(null);
            }
            case "deleteGroupOffsets" -> {
                groups.computeIfAbsent((String) arguments[0], g -> new HashMap<>())
                        .keySet()
                        .removeAll((Collection<TopicPartition>) arguments[1]);
                return done(null);
            }
            default -> throw new UnsupportedOperationException(method);
        }
    }

    private static <T> CompletableFuture<T> done(T value) {
        return CompletableFuture.completedFuture(value);
    }
}

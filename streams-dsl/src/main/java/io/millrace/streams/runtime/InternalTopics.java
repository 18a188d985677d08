package io.millrace.streams.runtime;

import io.millrace.clients.BrokerErrorException;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.admin.TopicDescription;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.StoreShape;
import io.millrace.streams.topology.SubTopology;
import io.millrace.streams.topology.TopologyGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the topics a job keeps for itself: repartition topics, changelogs, commit logs. */
final class InternalTopics {
    private static final Logger LOGGER = LoggerFactory.getLogger(InternalTopics.class);

    /**
     * Compaction leaves rows alone for so long: a row that does not count must not displace the one
     * before it, before the task's next owner has written the right one again.
     */
    private static final long COMPACTION_LAG_MS = TimeUnit.HOURS.toMillis(1);

    /** Windowed rows are kept so much longer than their stores keep them. */
    private static final long WINDOW_EXTRA_MS = TimeUnit.DAYS.toMillis(1);

    private static final String SEGMENT_BYTES = String.valueOf(50 << 20);

    private final TopologyGraph graph;
    private final StreamsConfig config;
    private final Admin admin;

    InternalTopics(TopologyGraph graph, StreamsConfig config, Admin admin) {
        this.graph = graph;
        this.config = config;
        this.admin = admin;
    }

    static String commitLogName(String applicationId, int subtopology) {
        return applicationId + "-" + subtopology + "-commits";
    }

    /**
     * Creates what is missing.
     *
     * @throws StreamsException if a topic is there with another number of partitions
     */
    void ensure(PartitionPlan plan) {
        Map<String, NewTopic> wanted = wanted(plan);
        Map<String, TopicDescription> present = join(admin.findTopics(wanted.keySet()));
        List<NewTopic> absent = new ArrayList<>();
        wanted.forEach(
                (name, topic) -> {
                    TopicDescription found = present.get(name);
                    if (found == null) {
                        absent.add(topic);
                    } else if (found.partitions().size() != topic.partitions().orElse(1)) {
                        throw new StreamsException(
                                "internal topic "
                                        + name
                                        + " has "
                                        + found.partitions().size()
                                        + " partitions, the topology needs "
                                        + topic.partitions().orElse(1)
                                        + "; an input's partition count or the topology has"
                                        + " changed: use a new application.id, or delete the"
                                        + " internal topics to begin anew");
                    }
                });
        for (NewTopic topic : absent) {
            create(topic);
        }
    }

    private void create(NewTopic topic) {
        try {
            join(admin.createTopics(List.of(topic)));
            LOGGER.atInfo()
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("partitions", topic.partitions().orElse(1))
                    .log("internal topic created");
        } catch (BrokerErrorException e) {
            if (e.error() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw e;
            }
            // The leader of the generation before was faster.
            LOGGER.atDebug().addKeyValue("topic", topic.name()).log("internal topic is there");
        }
    }

    private Map<String, NewTopic> wanted(PartitionPlan plan) {
        String app = config.settings().applicationId();
        Map<String, NewTopic> topics = new TreeMap<>();
        for (String name : graph.repartitionTopics().keySet()) {
            String topic = graph.clusterName(app, name);
            Integer count = plan.counts().get(topic);
            if (count != null) {
                add(topics, topic, count, repartitionConfig(), Map.of());
            }
        }
        for (SubTopology part : graph.subTopologies()) {
            Integer count = plan.tasks().get(part.id());
            if (count == null) {
                continue;
            }
            add(topics, commitLogName(app, part.id()), count, compacted(), Map.of());
            for (StoreBuilder<?> store : part.loggedStores()) {
                add(
                        topics,
                        TopologyGraph.changelogName(app, store.name()),
                        count,
                        changelogConfig(store.shape()),
                        store.logConfig());
            }
        }
        return topics;
    }

    private void add(
            Map<String, NewTopic> topics,
            String name,
            int partitions,
            Map<String, String> settings,
            Map<String, String> own) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(config.topicConfig());
        all.putAll(own);
        int replication = config.settings().replicationFactor();
        topics.put(
                name,
                new NewTopic(
                        name,
                        OptionalInt.of(partitions),
                        replication < 1 ? OptionalInt.empty() : OptionalInt.of(replication),
                        all));
    }

    private static Map<String, String> repartitionConfig() {
        return Map.of(
                "cleanup.policy", "delete",
                "retention.ms", "-1",
                "segment.bytes", SEGMENT_BYTES);
    }

    private static Map<String, String> compacted() {
        return Map.of(
                "cleanup.policy",
                "compact",
                "min.compaction.lag.ms",
                String.valueOf(COMPACTION_LAG_MS));
    }

    private static Map<String, String> changelogConfig(StoreShape shape) {
        if (shape instanceof StoreShape.ByTime byTime) {
            long retention = byTime.retentionMs() + WINDOW_EXTRA_MS;
            return Map.of(
                    "cleanup.policy", "compact,delete",
                    "retention.ms", String.valueOf(retention),
                    "min.compaction.lag.ms", String.valueOf(COMPACTION_LAG_MS));
        }
        return compacted();
    }

    private static <T> T join(java.util.concurrent.CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}

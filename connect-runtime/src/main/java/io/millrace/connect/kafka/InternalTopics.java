package io.millrace.connect.kafka;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.ConfigEntry;
import io.millrace.clients.admin.ConfigResource;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.admin.TopicDescription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a worker's internal topics exist, are compacted, and have the partitions they
 * need.
 */
public final class InternalTopics {
    private static final Logger LOGGER = LoggerFactory.getLogger(InternalTopics.class);
    private static final long PATIENCE_SECONDS = 60;

    private final Admin admin;

    public InternalTopics(Admin admin) {
        this.admin = admin;
    }

    /**
     * Settings of one internal topic.
     *
     * @param partitions to create it with
     * @param exactPartitions whether another count makes it unusable
     * @param replicationFactor -1 for the broker's default
     * @param configs beside {@code cleanup.policy=compact}
     */
    public record Wanted(
            String topic,
            int partitions,
            boolean exactPartitions,
            int replicationFactor,
            Map<String, String> configs) {}

    /**
     * Creates the topic if it is absent.
     *
     * @return its partition count
     * @throws IllegalStateException when an existing topic would lose data or mix up order
     */
    public int ensure(Wanted wanted) {
        Optional<TopicDescription> existing = find(wanted.topic());
        if (existing.isEmpty()) {
            create(wanted);
            existing = find(wanted.topic());
        }
        int partitions =
                existing.map(topic -> topic.partitions().size()).orElse(wanted.partitions());
        if (wanted.exactPartitions() && partitions != wanted.partitions()) {
            throw new IllegalStateException(
                    "topic %s has %d partitions but needs exactly %d, since its records are ordered across all keys; give the worker another topic or create this one anew"
                            .formatted(wanted.topic(), partitions, wanted.partitions()));
        }
        checkCompacted(wanted.topic());
        return partitions;
    }

    private Optional<TopicDescription> find(String topic) {
        return Optional.ofNullable(
                await("describe topic " + topic, admin.findTopics(List.of(topic))).get(topic));
    }

    private void create(Wanted wanted) {
        Map<String, String> configs = new TreeMap<>(wanted.configs());
        configs.put("cleanup.policy", "compact");
        NewTopic topic =
                new NewTopic(
                        wanted.topic(),
                        OptionalInt.of(wanted.partitions()),
                        wanted.replicationFactor() < 1
                                ? OptionalInt.empty()
                                : OptionalInt.of(wanted.replicationFactor()),
                        configs);
        try {
            await("create topic " + wanted.topic(), admin.createTopics(List.of(topic)));
            LOGGER.atInfo()
                    .addKeyValue("topic", wanted.topic())
                    .addKeyValue("partitions", wanted.partitions())
                    .log("created internal topic");
        } catch (IllegalStateException e) {
            if (find(wanted.topic()).isEmpty()) {
                throw e;
            }
            LOGGER.atDebug()
                    .addKeyValue("topic", wanted.topic())
                    .log("another worker created the topic at the same time");
        }
    }

    private void checkCompacted(String topic) {
        ConfigResource resource = ConfigResource.topic(topic);
        ConfigEntry policy =
                await("describe topic " + topic, admin.describeConfigs(List.of(resource)))
                        .getOrDefault(resource, Map.of())
                        .get("cleanup.policy");
        String value = policy == null ? "" : policy.value().orElse("");
        if (!value.isEmpty() && !value.equals("compact")) {
            throw new IllegalStateException(
                    "topic %s has cleanup.policy=%s but must be compacted only, or the worker forgets connectors and offsets; alter it with cleanup.policy=compact"
                            .formatted(topic, value));
        }
    }

    /** Waits for the cluster; failures become one sentence with what was tried. */
    public static <T> T await(String what, java.util.concurrent.CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException("cannot " + what + ": " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "cannot "
                            + what
                            + ": no answer from the cluster within "
                            + PATIENCE_SECONDS
                            + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting to " + what, e);
        }
    }
}

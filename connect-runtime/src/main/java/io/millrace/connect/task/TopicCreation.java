package io.millrace.connect.task;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.connect.kafka.InternalTopics;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates topics that a source connector writes to, as its {@code topic.creation.*} settings say.
 * Groups are tried in the order given, {@code default} last. Used by the task's thread.
 */
public final class TopicCreation {
    private static final Logger LOGGER = LoggerFactory.getLogger(TopicCreation.class);
    private static final String PREFIX = "topic.creation.";

    private record Group(
            String name,
            List<Pattern> include,
            List<Pattern> exclude,
            OptionalInt partitions,
            OptionalInt replicationFactor,
            Map<String, String> configs) {

        boolean takes(String topic) {
            return include.stream().anyMatch(pattern -> pattern.matcher(topic).matches())
                    && exclude.stream().noneMatch(pattern -> pattern.matcher(topic).matches());
        }

        NewTopic topic(String topicName) {
            return new NewTopic(topicName, partitions, replicationFactor, configs);
        }
    }

    private final Admin admin;
    private final List<Group> groups;
    private final Set<String> seen = new HashSet<>();

    private TopicCreation(Admin admin, List<Group> groups) {
        this.admin = admin;
        this.groups = groups;
    }

    /** Whether the config asks for it; otherwise the brokers create topics, or refuse to. */
    public static boolean wanted(Map<String, String> config) {
        return config.keySet().stream().anyMatch(key -> key.startsWith(PREFIX + "default."));
    }

    public static TopicCreation of(Map<String, String> config, Admin admin) {
        List<Group> groups = new java.util.ArrayList<>();
        for (String name : config.getOrDefault(PREFIX + "groups", "").split(",")) {
            if (!name.isBlank() && !name.strip().equals("default")) {
                groups.add(group(name.strip(), config, false));
            }
        }
        groups.add(group("default", config, true));
        return new TopicCreation(admin, List.copyOf(groups));
    }

    private static Group group(String name, Map<String, String> config, boolean isDefault) {
        String prefix = PREFIX + name + ".";
        Map<String, String> own = new TreeMap<>();
        config.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        own.put(key.substring(prefix.length()), value);
                    }
                });
        List<Pattern> include =
                isDefault
                        ? List.of(Pattern.compile(".*"))
                        : patterns(prefix, own.remove("include"));
        if (include.isEmpty()) {
            throw new ConfigException(
                    prefix + "include is missing: which topics belong to group " + name + "?");
        }
        List<Pattern> exclude = patterns(prefix, own.remove("exclude"));
        String fallbackPartitions = config.get(PREFIX + "default.partitions");
        String fallbackReplicas = config.get(PREFIX + "default.replication.factor");
        OptionalInt partitions =
                count(prefix + "partitions", own.getOrDefault("partitions", fallbackPartitions));
        OptionalInt replicas =
                count(
                        prefix + "replication.factor",
                        own.getOrDefault("replication.factor", fallbackReplicas));
        own.remove("partitions");
        own.remove("replication.factor");
        return new Group(name, include, exclude, partitions, replicas, own);
    }

    private static List<Pattern> patterns(
            String key, @org.jspecify.annotations.Nullable String text) {
        if (text == null || text.isBlank()) {
            return List.of();
        }
        List<Pattern> patterns = new java.util.ArrayList<>();
        for (String part : text.split(",")) {
            try {
                patterns.add(Pattern.compile(part.strip()));
            } catch (java.util.regex.PatternSyntaxException e) {
                throw new ConfigException(key + ": " + part + " is not a regular expression");
            }
        }
        return patterns;
    }

    /** -1 is the broker's default. */
    private static OptionalInt count(String key, @org.jspecify.annotations.Nullable String text) {
        if (text == null) {
            return OptionalInt.empty();
        }
        try {
            int value = Integer.parseInt(text.strip());
            if (value == 0 || value < -1) {
                throw new ConfigException(key + "=" + text + " is not -1 or at least 1");
            }
            return value == -1 ? OptionalInt.empty() : OptionalInt.of(value);
        } catch (NumberFormatException e) {
            throw new ConfigException(key + "=" + text + " is not a number");
        }
    }

    /** Creates the topic unless it is there. The first call for each topic asks the cluster. */
    void ensure(String topic) {
        if (seen.contains(topic)) {
            return;
        }
        boolean exists =
                InternalTopics.await("describe topic " + topic, admin.findTopics(List.of(topic)))
                        .containsKey(topic);
        if (!exists) {
            create(topic);
        }
        seen.add(topic);
    }

    private void create(String topic) {
        Group group =
                groups.stream()
                        .filter(candidate -> candidate.takes(topic))
                        .findFirst()
                        .orElseThrow();
        try {
            InternalTopics.await(
                    "create topic " + topic, admin.createTopics(List.of(group.topic(topic))));
            LOGGER.atInfo()
                    .addKeyValue("topic", topic)
                    .addKeyValue("group", group.name())
                    .log("created topic");
        } catch (IllegalStateException e) {
            boolean othersDid =
                    InternalTopics.await(
                                    "describe topic " + topic, admin.findTopics(List.of(topic)))
                            .containsKey(topic);
            if (!othersDid) {
                throw e;
            }
            LOGGER.atDebug().addKeyValue("topic", topic).log("topic was created meanwhile");
        }
    }
}

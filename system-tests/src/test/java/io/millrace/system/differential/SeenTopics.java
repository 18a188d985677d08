package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.CONSUMER_GROUP_HEARTBEAT;

import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the coordinators of both brokers have seen of a sequence's topics. A coordinator learns of a
 * topic some time after it was made, grown or deleted, and a group whose topics change in between
 * gets one epoch more. So groups are asked only when both have seen all: this is found out by a
 * member of a group of its own, which the same shard of the coordinator keeps.
 */
final class SeenTopics {
    private static final int REBALANCE_MS = 60_000;
    private static final String MEMBER = "onlooker";

    /** Partitions by shard and topic. */
    private final Map<String, Integer> seen = new HashMap<>();

    private int onlookers;

    static void await(Sequence s, String group) {
        s.remembered("seen topics", SeenTopics::new).awaitAll(s, group);
    }

    private void awaitAll(Sequence s, String group) {
        for (Topic topic : s.topics) {
            int partitions = topic.exists ? topic.partitions : 0;
            Integer before = seen.put(shardOf(group) + " " + topic.name, partitions);
            if (partitions != (before == null ? 0 : before)) {
                await(s, group, topic.name, partitions);
            }
        }
    }

    private void await(Sequence s, String group, String topic, int partitions) {
        ConsumerGroupHeartbeatRequest request =
                new ConsumerGroupHeartbeatRequest()
                        .groupId(groupBeside(s, group))
                        .memberId(MEMBER)
                        .rebalanceTimeoutMs(REBALANCE_MS)
                        .serverAssignor("range")
                        .subscribedTopicNames(List.of(topic))
                        .topicPartitions(new ArrayList<>());
        short version = (short) (s.serves(CONSUMER_GROUP_HEARTBEAT, 1, 99) ? 1 : 0);
        s.await(request, version, answer -> partitionsOf(answer) == partitions);
        s.await(request.memberEpoch(-1), version, answer -> true);
    }

    private static int partitionsOf(ConsumerGroupHeartbeatResponse answer) {
        return answer.assignment() == null
                ? -1
                : answer.assignment().topicPartitions().stream()
                        .mapToInt(topic -> topic.partitions().size())
                        .sum();
    }

    /** A name that no list of groups is compared by, in the same shard. */
    private String groupBeside(Sequence s, String group) {
        String name;
        do {
            name = "__onlooker-" + s.number + "-" + onlookers++;
        } while (shardOf(name) != shardOf(group));
        return name;
    }

    private static int shardOf(String group) {
        return (group.hashCode() & Integer.MAX_VALUE) % Brokers.GROUP_SHARDS;
    }
}

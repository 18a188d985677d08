package io.millrace.broker.group;

import io.millrace.broker.group.streams.StreamsMember;
import io.millrace.broker.group.streams.TaskSet;
import io.millrace.broker.group.streams.TopologyPlan;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse.Endpoint;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse.EndpointToPartitions;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Where interactive queries find which partitions. */
final class StreamsEndpoints {
    private StreamsEndpoints() {}

    /** Partitions of each member that named an endpoint. */
    static List<EndpointToPartitions> of(StreamsGroup group, TopologyPlan plan) {
        List<EndpointToPartitions> all = new ArrayList<>();
        for (StreamsMember member : group.members()) {
            StreamsMember.Endpoint endpoint = member.profile().endpoint();
            if (endpoint != null) {
                all.add(
                        new EndpointToPartitions()
                                .userEndpoint(
                                        new Endpoint().host(endpoint.host()).port(endpoint.port()))
                                .activePartitions(
                                        partitions(member.progress().assigned().active(), plan))
                                .standbyPartitions(
                                        partitions(member.progress().assigned().standby(), plan)));
            }
        }
        return all;
    }

    private static List<TopicPartition> partitions(TaskSet tasks, TopologyPlan plan) {
        Map<String, Set<Integer>> byTopic = new TreeMap<>();
        for (TaskSet.Task task : tasks.all()) {
            for (String topic : plan.sources().getOrDefault(task.subtopology(), Set.of())) {
                byTopic.computeIfAbsent(topic, name -> new TreeSet<>()).add(task.partition());
            }
        }
        List<TopicPartition> partitions = new ArrayList<>();
        byTopic.forEach(
                (topic, indexes) ->
                        partitions.add(
                                new TopicPartition()
                                        .topic(topic)
                                        .partitions(List.copyOf(indexes))));
        return partitions;
    }
}

package io.millrace.cli.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.clients.TopicPartition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who shall hold which partition, as a file in the format of {@code kafka-reassign-partitions}:
 * {@code {"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2]}]}}.
 */
public final class ReassignmentFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ReassignmentFile() {}

    public static String write(Map<TopicPartition, List<Integer>> replicas) {
        ObjectNode root = JSON.createObjectNode().put("version", 1);
        ArrayNode partitions = root.putArray("partitions");
        replicas.forEach(
                (at, brokers) -> {
                    ObjectNode one =
                            partitions
                                    .addObject()
                                    .put("topic", at.topic())
                                    .put("partition", at.partition());
                    ArrayNode list = one.putArray("replicas");
                    brokers.forEach(list::add);
                });
        return root.toString();
    }

    /**
     * @throws IllegalArgumentException if the file is not such a plan
     */
    public static Map<TopicPartition, List<Integer>> read(Path file) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readString(file));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
        Map<TopicPartition, List<Integer>> plan = new LinkedHashMap<>();
        for (JsonNode each : root.path("partitions")) {
            JsonNode topic = each.get("topic");
            JsonNode partition = each.get("partition");
            JsonNode replicas = each.get("replicas");
            if (topic == null
                    || partition == null
                    || !partition.isInt()
                    || replicas == null
                    || replicas.isEmpty()) {
                throw new IllegalArgumentException(
                        file + ": " + each + " needs topic, partition and replicas");
            }
            List<Integer> brokers = new ArrayList<>();
            replicas.forEach(broker -> brokers.add(broker.asInt()));
            plan.put(new TopicPartition(topic.asText(), partition.asInt()), brokers);
        }
        if (plan.isEmpty()) {
            throw new IllegalArgumentException(
                    file + " names no partition; expected {\"version\":1,\"partitions\":[…]}");
        }
        return plan;
    }
}

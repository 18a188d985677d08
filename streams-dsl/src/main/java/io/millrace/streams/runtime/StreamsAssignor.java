package io.millrace.streams.runtime;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.PartitionAssignor;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.topology.SubTopology;
import io.millrace.streams.topology.TopologyGraph;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deals tasks out to the stream threads of a group. Each member says which process it belongs to
 * and which tasks it runs ({@code process id ';' task ',' task …} in UTF-8); a task stays where it
 * is, as long as nobody has more than its share. The leader creates the internal topics first.
 * Owned by one stream thread.
 */
final class StreamsAssignor implements PartitionAssignor {
    private static final Logger LOGGER = LoggerFactory.getLogger(StreamsAssignor.class);

    private final TopologyGraph graph;
    private final StreamsConfig config;
    private final InternalTopics internalTopics;
    private final String processId;
    private final Supplier<Set<TaskId>> owned;
    private volatile boolean waitingForTopics;

    /**
     * @param owned tasks this thread runs now
     */
    StreamsAssignor(
            TopologyGraph graph,
            StreamsConfig config,
            InternalTopics internalTopics,
            String processId,
            Supplier<Set<TaskId>> owned) {
        this.graph = graph;
        this.config = config;
        this.internalTopics = internalTopics;
        this.processId = processId;
        this.owned = owned;
    }

    @Override
    public String name() {
        return "millrace-streams";
    }

    @Override
    public RebalanceProtocol rebalanceProtocol() {
        return RebalanceProtocol.COOPERATIVE;
    }

    /** Whether the last assignment left tasks out because an input topic does not exist yet. */
    boolean waitingForTopics() {
        return waitingForTopics;
    }

    @Override
    public byte @Nullable [] subscriptionUserData(Set<String> topics) {
        StringBuilder text = new StringBuilder(processId).append(';');
        owned.get().forEach(task -> text.append(task).append(','));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Map<String, Assignment> assign(
            TopicPartitionCounts topics, Map<String, Subscription> members) {
        PartitionPlan plan = PartitionPlan.of(graph, config.settings().applicationId(), topics);
        waitingForTopics = !plan.missing().isEmpty();
        if (waitingForTopics) {
            LOGGER.atWarn()
                    .addKeyValue("application", config.settings().applicationId())
                    .addKeyValue("missing", plan.missing())
                    .log("input topics do not exist yet; their tasks wait");
        }
        internalTopics.ensure(plan);
        Map<String, Set<TaskId>> shares = share(plan.allTasks(), members);
        Map<String, Assignment> assignments = new HashMap<>();
        shares.forEach(
                (member, tasks) -> {
                    List<TopicPartition> partitions = new ArrayList<>();
                    tasks.forEach(task -> partitions.addAll(inputsOf(task, plan)));
                    assignments.put(member, new Assignment(partitions));
                });
        LOGGER.atInfo()
                .addKeyValue("application", config.settings().applicationId())
                .addKeyValue("tasks", plan.allTasks().size())
                .addKeyValue("members", members.size())
                .log("tasks assigned");
        return assignments;
    }

    private List<TopicPartition> inputsOf(TaskId task, PartitionPlan plan) {
        SubTopology part = graph.subTopologies().get(task.subtopology());
        List<TopicPartition> inputs = new ArrayList<>();
        for (String declared : part.sourceTopics()) {
            String topic = graph.clusterName(config.settings().applicationId(), declared);
            if (task.partition() < plan.counts().getOrDefault(topic, 0)) {
                inputs.add(new TopicPartition(topic, task.partition()));
            }
        }
        return inputs;
    }

    /** Tasks by member: those it has, up to its share, then what is left to whoever has least. */
    static Map<String, Set<TaskId>> share(List<TaskId> tasks, Map<String, Subscription> members) {
        Map<String, Set<TaskId>> shares = new TreeMap<>();
        members.keySet().forEach(member -> shares.put(member, new LinkedHashSet<>()));
        int most = (tasks.size() + members.size() - 1) / members.size();
        int membersWithMost = tasks.size() - (most - 1) * members.size();
        Set<TaskId> left = new LinkedHashSet<>(tasks);
        // Members with most tasks first: they keep the larger shares.
        List<String> byTasks = new ArrayList<>(shares.keySet());
        byTasks.sort(
                (one, other) ->
                        Integer.compare(
                                tasksOf(members.get(other)).size(),
                                tasksOf(members.get(one)).size()));
        for (String member : byTasks) {
            int limit = membersWithMost > 0 ? most : most - 1;
            Set<TaskId> share = shares.getOrDefault(member, new LinkedHashSet<>());
            for (TaskId task : tasksOf(members.get(member))) {
                if (share.size() < limit && left.remove(task)) {
                    share.add(task);
                }
            }
            if (share.size() == most) {
                membersWithMost--;
            }
        }
        for (TaskId task : left) {
            shares.values().stream()
                    .min(java.util.Comparator.comparingInt(Set::size))
                    .ifPresent(share -> share.add(task));
        }
        return shares;
    }

    private static List<TaskId> tasksOf(@Nullable Subscription subscription) {
        byte[] data = subscription == null ? null : subscription.userData();
        if (data == null) {
            return List.of();
        }
        String text = new String(data, StandardCharsets.UTF_8);
        return Arrays.stream(text.substring(text.indexOf(';') + 1).split(",", -1))
                .filter(id -> !id.isEmpty())
                .map(TaskId::parse)
                .toList();
    }
}

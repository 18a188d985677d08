package io.millrace.connect.worker;

import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.PartitionAssignor;
import io.millrace.clients.consumer.RebalanceListener;
import io.millrace.connect.kafka.KafkaClients;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Membership by the broker's group coordinator: each worker joins group {@code group.id} with its
 * id as user data, the group's leader hands everybody the list of ids. The group watches the config
 * topic but reads nothing. A worker that the coordinator gives up on learns it from its own
 * consumer and owns nothing until it is back. A live worker of Apache Kafka Connect with the same
 * group id speaks another protocol in the group; then joining fails, and this worker says so
 * instead of running tasks twice.
 */
final class GroupMember implements Membership {
    private static final Logger LOGGER = LoggerFactory.getLogger(GroupMember.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long RETRY_MS = 1_000;

    private final String self;
    private final String configTopic;
    private final Consumer<byte[], byte[]> consumer;
    private final ThreadedEventLoop loop;
    private final Seats seats = new Seats();
    private boolean closing;
    private java.util.function.Consumer<Members> listener = members -> {};
    private int generation;

    GroupMember(
            String self,
            String groupId,
            String configTopic,
            int sessionTimeoutMs,
            KafkaClients clients,
            Clock clock) {
        this.self = self;
        this.configTopic = configTopic;
        this.consumer =
                clients.member(
                        "connect-member-" + groupId,
                        Map.of(
                                "group.id",
                                groupId,
                                "session.timeout.ms",
                                Integer.toString(sessionTimeoutMs),
                                "heartbeat.interval.ms",
                                Integer.toString(Math.max(1, sessionTimeoutMs / 3))),
                        seats);
        this.loop =
                ThreadedEventLoop.start(
                        "connect-member",
                        clock,
                        (failed, cause) ->
                                LOGGER.atError().setCause(cause).log("group membership ended"));
    }

    @Override
    public void start(java.util.function.Consumer<Members> changes) {
        loop.post(
                () -> {
                    listener = changes;
                    consumer.subscribe(Set.of(configTopic), new Losses());
                    loop.post(this::poll);
                });
    }

    private void poll() {
        if (closing) {
            return;
        }
        try {
            consumer.poll(POLL);
            consumer.pause(consumer.assignment());
            loop.post(this::poll);
        } catch (ClientException e) {
            LOGGER.atError()
                    .addKeyValue("group", consumer.groupMetadata().groupId())
                    .addKeyValue("why", e.getMessage())
                    .log(
                            "cannot take part in the group of workers, so nothing runs here; is a"
                                    + " worker of Apache Kafka Connect alive with this group.id?");
            loop.schedule(RETRY_MS, this::poll);
        }
    }

    private void tell(List<String> members) {
        generation++;
        listener.accept(new Members(generation, self, members));
    }

    /**
     * This worker was thrown out; being revoked in a rebalance means nothing, since the list
     * follows.
     */
    private final class Losses implements RebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            LOGGER.atDebug().log("group of workers is changing");
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            LOGGER.atDebug().log("group of workers is settled");
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            LOGGER.atWarn().log("the group gave this worker up; its tasks stop until it is back");
            tell(List.of());
        }
    }

    /** The list of members as it travels in the group protocol: ids, one per line. */
    private final class Seats implements PartitionAssignor {
        @Override
        public String name() {
            return "millrace-connect";
        }

        @Override
        public byte[] subscriptionUserData(Set<String> topics) {
            return self.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Map<String, Assignment> assign(
                TopicPartitionCounts topics, Map<String, Subscription> members) {
            Set<String> ids = new TreeSet<>();
            members.values().forEach(member -> ids.add(text(member.userData())));
            ids.remove("");
            byte[] list = String.join("\n", ids).getBytes(StandardCharsets.UTF_8);
            Map<String, Assignment> seats = new TreeMap<>();
            List<TopicPartition> watched = List.of(new TopicPartition(configTopic, 0));
            for (String member : members.keySet()) {
                // Exactly one member holds the partition, so that coordinators and tools see a sane
                // group.
                seats.put(member, new Assignment(seats.isEmpty() ? watched : List.of(), list));
            }
            return seats;
        }

        @Override
        public void onAssignment(Assignment assignment, GroupMetadata group) {
            List<String> ids = new ArrayList<>();
            for (String id : text(assignment.userData()).split("\n", -1)) {
                if (!id.isEmpty()) {
                    ids.add(id);
                }
            }
            tell(ids);
        }

        private String text(byte @Nullable [] data) {
            return data == null ? "" : new String(data, StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try {
            // On the loop, so that no poll is under way or follows.
            loop.post(
                    () -> {
                        closing = true;
                        ended.complete(null);
                    });
            ended.join();
        } catch (LoopClosedException e) {
            LOGGER.atDebug().setCause(e).log("loop had ended before");
        }
        loop.close();
        consumer.close();
    }
}

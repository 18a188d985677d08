package io.millrace.broker.group;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A coordinator in virtual time, and members of the consumer protocol that talk to it. */
final class ConsumerHarness {
    static final String GROUP = GroupHarness.GROUP;
    static final int REBALANCE_MS = 60_000;

    final GroupHarness groups;

    ConsumerHarness() {
        this(ConsumerGroupConfig.DEFAULTS);
    }

    ConsumerHarness(ConsumerGroupConfig config) {
        groups = new GroupHarness(0, config);
    }

    /** Assignments follow one another without a pause. */
    static ConsumerHarness withoutPause() {
        ConsumerGroupConfig d = ConsumerGroupConfig.DEFAULTS;
        return new ConsumerHarness(
                new ConsumerGroupConfig(
                        d.sessionTimeoutMs(),
                        d.heartbeatIntervalMs(),
                        new ConsumerGroupConfig.Bounded(0, 0, 15_000),
                        d.maxSize(),
                        d.assignors(),
                        d.migration(),
                        d.regexRefreshMs()));
    }

    /** A client that keeps what the coordinator tells it, and gives up and takes as it is told. */
    final class Client {
        final String id;
        @Nullable String instance;
        List<String> topics;
        @Nullable String regex;
        @Nullable String assignor;
        int epoch;
        PartitionSet owned = PartitionSet.EMPTY;
        ConsumerGroupHeartbeatResponse last = new ConsumerGroupHeartbeatResponse();

        Client(String id, String... topics) {
            this.id = id;
            this.topics = List.of(topics);
        }

        ConsumerGroupHeartbeatRequest joinRequest() {
            return new ConsumerGroupHeartbeatRequest()
                    .groupId(GROUP)
                    .memberId(id)
                    .instanceId(instance)
                    .rebalanceTimeoutMs(REBALANCE_MS)
                    .subscribedTopicNames(topics)
                    .subscribedTopicRegex(regex)
                    .serverAssignor(assignor)
                    .topicPartitions(new ArrayList<>());
        }

        Client join() {
            owned = PartitionSet.EMPTY;
            return take(send(joinRequest()));
        }

        ConsumerGroupHeartbeatRequest beatRequest() {
            return new ConsumerGroupHeartbeatRequest()
                    .groupId(GROUP)
                    .memberId(id)
                    .instanceId(instance)
                    .memberEpoch(epoch);
        }

        /** Says that it is there, and nothing else. */
        Client beat() {
            return take(send(beatRequest()));
        }

        /** Says what it owns. */
        Client report() {
            return take(send(beatRequest().topicPartitions(wire(owned))));
        }

        /** Takes the answer as a client does that gives up partitions at once. */
        Client take(ConsumerGroupHeartbeatResponse answer) {
            last = answer;
            if (answer.errorCode() == 0) {
                epoch = answer.memberEpoch();
                if (answer.assignment() != null) {
                    PartitionSet.Builder assigned = new PartitionSet.Builder();
                    answer.assignment()
                            .topicPartitions()
                            .forEach(t -> assigned.addAll(t.topicId(), t.partitions()));
                    owned = assigned.build();
                }
            }
            return this;
        }

        Client leave(int leaveEpoch) {
            last = send(beatRequest().memberEpoch(leaveEpoch));
            return this;
        }

        ErrorCode error() {
            return ErrorCode.forCode(last.errorCode());
        }
    }

    Client client(String id, String... topics) {
        return new Client(id, topics);
    }

    ConsumerGroupHeartbeatResponse send(ConsumerGroupHeartbeatRequest request) {
        return send(request, 1);
    }

    ConsumerGroupHeartbeatResponse send(ConsumerGroupHeartbeatRequest request, int version) {
        CompletableFuture<ConsumerGroupHeartbeatResponse> answer =
                groups.coordinator.consumerHeartbeat(
                        request, new Caller("app", "/127.0.0.1", (short) version));
        return groups.get(answer);
    }

    static List<TopicPartitions> wire(PartitionSet owned) {
        List<TopicPartitions> topics = new ArrayList<>();
        owned.topics()
                .forEach(
                        topic ->
                                topics.add(
                                        new TopicPartitions()
                                                .topicId(topic)
                                                .partitions(owned.partitions(topic))));
        return topics;
    }

    /** Everybody reports until nothing changes any more. */
    void settle(Client... clients) {
        for (int round = 0; round < 10; round++) {
            for (Client client : clients) {
                client.report();
            }
        }
    }

    ConsumerGroupDescribeResponse.DescribedGroup describe() {
        return groups.get(groups.coordinator.describeConsumerGroup(GROUP));
    }
}

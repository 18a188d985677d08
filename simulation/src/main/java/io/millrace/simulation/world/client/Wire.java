package io.millrace.simulation.world.client;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.simulation.world.net.ClientLine;
import io.millrace.simulation.world.net.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The lower half of every simulated client: connections to brokers, and what they say about who
 * leads what. Owned by the client's loop.
 */
final class Wire {
    static final byte GROUP = 0;
    static final byte TRANSACTION = 1;
    private static final int REQUEST_TIMEOUT_MS = 10_000;

    private final ClientGround ground;
    private final Host host;
    private final TreeMap<Integer, ClientLine> lines = new TreeMap<>();
    private final TreeMap<String, Leader> leaders = new TreeMap<>();
    private final TreeMap<String, UUID> topicIds = new TreeMap<>();
    private final TreeMap<String, Integer> coordinators = new TreeMap<>();
    private @Nullable CompletableFuture<Void> refreshing;

    /** Who leads a partition, and since which epoch. */
    record Leader(int broker, int epoch) {}

    Wire(ClientGround ground) {
        this.ground = ground;
        this.host = ground.network().host(ground.name());
    }

    ClientGround ground() {
        return ground;
    }

    <R extends ApiResponse> CompletableFuture<R> ask(int broker, ApiRequest<R> request) {
        return line(broker).send(request);
    }

    <R extends ApiResponse> CompletableFuture<R> ask(
            int broker, ApiRequest<R> request, int timeoutMs) {
        return line(broker).send(request, timeoutMs);
    }

    <R extends ApiResponse> CompletableFuture<R> askAnyone(ApiRequest<R> request) {
        List<Integer> brokers = ground.brokers();
        return ask(brokers.get(ground.random().nextInt(brokers.size())), request);
    }

    private ClientLine line(int broker) {
        ClientLine line = lines.get(broker);
        if (line == null || !line.isOpen()) {
            line =
                    ground.network()
                            .connect(
                                    host,
                                    ground.loop(),
                                    ground.brokerHost().apply(broker),
                                    new ClientLine.Terms(ground.name(), REQUEST_TIMEOUT_MS));
            lines.put(broker, line);
        }
        return line;
    }

    /** Ends every connection, as a client does that starts anew. */
    void closeAll() {
        lines.values().forEach(ClientLine::close);
        lines.clear();
    }

    /** Null when nobody is known to lead it. */
    @Nullable Leader leader(String topic, int partition) {
        Leader leader = leaders.get(topic + "-" + partition);
        return leader == null || leader.broker() < 0 ? null : leader;
    }

    UUID topicId(String topic) {
        UUID id = topicIds.get(topic);
        return id == null ? new UUID(0, 0) : id;
    }

    /** Asks some broker who leads the topic's partitions; several who ask share one answer. */
    CompletableFuture<Void> refresh(String topic) {
        CompletableFuture<Void> already = refreshing;
        if (already != null) {
            return already;
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        refreshing = mine;
        MetadataRequest request =
                new MetadataRequest()
                        .allowAutoTopicCreation(false)
                        .topics(List.of(new MetadataRequest.MetadataRequestTopic().name(topic)));
        askAnyone(request)
                .whenComplete(
                        (response, failure) -> {
                            refreshing = null;
                            if (response != null) {
                                learn(response);
                            }
                            mine.complete(null);
                        });
        return mine;
    }

    private void learn(MetadataResponse response) {
        for (MetadataResponse.MetadataResponseTopic topic : response.topics()) {
            String name = topic.name();
            if (name == null || topic.errorCode() != 0) {
                continue;
            }
            topicIds.put(name, topic.topicId());
            for (MetadataResponse.MetadataResponsePartition partition : topic.partitions()) {
                String key = name + "-" + partition.partitionIndex();
                Leader known = leaders.get(key);
                // KIP-320: a broker that lags must not take us back to an older leader.
                if (known == null || known.epoch() <= partition.leaderEpoch()) {
                    leaders.put(key, new Leader(partition.leaderId(), partition.leaderEpoch()));
                }
            }
        }
    }

    /** The broker that coordinates a group or a transactional id; asked for when not known. */
    CompletableFuture<Integer> coordinator(byte kind, String key) {
        Integer known = coordinators.get(kind + key);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        FindCoordinatorRequest request =
                new FindCoordinatorRequest().keyType(kind).coordinatorKeys(List.of(key));
        return askAnyone(request)
                .thenApply(
                        response -> {
                            var found = response.coordinators().get(0);
                            if (found.errorCode() != 0) {
                                throw new ApiException(
                                        ErrorCode.forCode(found.errorCode()), "no coordinator");
                            }
                            coordinators.put(kind + key, found.nodeId());
                            return found.nodeId();
                        });
    }

    /** Null when nobody is known. */
    @Nullable Integer knownCoordinator(byte kind, String key) {
        return coordinators.get(kind + key);
    }

    void forgetCoordinator(byte kind, String key) {
        coordinators.remove(kind + key);
    }

    /** The code of a failed request; a bug of the simulation is thrown on. */
    static ErrorCode errorOf(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ApiException known) {
            return known.error();
        }
        throw new IllegalStateException("a simulated client failed unexpectedly", cause);
    }

    /** Indexes 0 to {@code count - 1}. */
    static List<Integer> firstPartitions(int count) {
        List<Integer> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(i);
        }
        return partitions;
    }
}

package io.millrace.clients.cluster;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.ClientException;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.millrace.protocol.message.MetadataResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What producer, consumer and admin stand on: one loop, connections, metadata, coordinators.
 *
 * @param config shared part of the client's configuration
 */
public record ClusterClient(
        ClientConfig config,
        EventLoop loop,
        Connections connections,
        Metadata metadata,
        Coordinators coordinators,
        RandomSource random,
        Runnable stopLoop) {
    private static final AtomicInteger COUNT = new AtomicInteger();

    /**
     * A client of its own thread.
     *
     * @param kind for the thread's name and as the default client id: producer, consumer, admin
     * @param autoCreateTopics whether asking for a topic may create it
     */
    public static ClusterClient start(ClientConfig config, String kind, boolean autoCreateTopics) {
        String clientId =
                config.clientId().isEmpty()
                        ? "millrace-" + kind + "-" + COUNT.incrementAndGet()
                        : config.clientId();
        NettyLoop loop = NettyLoop.start(clientId + "-network");
        return on(
                config,
                loop,
                new NetworkLinks(loop, clientId, config),
                RandomSource.system(),
                autoCreateTopics,
                loop::close);
    }

    /** A client on a given loop and network. */
    public static ClusterClient on(
            ClientConfig config,
            EventLoop loop,
            Link.Factory links,
            RandomSource random,
            boolean autoCreateTopics,
            Runnable stopLoop) {
        Connections connections = new Connections(loop, config, links, random);
        Metadata metadata = new Metadata(loop, config, connections, random, autoCreateTopics);
        Coordinators coordinators = new Coordinators(loop, config, connections, metadata, random);
        metadata.start();
        return new ClusterClient(
                config, loop, connections, metadata, coordinators, random, stopLoop);
    }

    /** Retries with the configured pauses. */
    public Retrying retrying() {
        return new Retrying(
                loop, new Backoff(config.retryBackoffMs(), config.retryBackoffMaxMs(), random));
    }

    /** A view of all topics there are, asked for now; what is kept in view does not change. */
    public CompletableFuture<ClusterView> allTopics(long timeoutMs) {
        return retrying().run(timeoutMs, () -> askNow(null));
    }

    /** A view of these topics, asked for now and creating none; fails if there is no answer. */
    public CompletableFuture<ClusterView> topicsNow(List<String> topics) {
        return askNow(topics);
    }

    private CompletableFuture<ClusterView> askNow(@Nullable List<String> topics) {
        RequestFactory<MetadataResponse> request =
                RequestFactory.of(ApiKey.METADATA, version -> metadataRequest(version, topics));
        return Connections.orFail(connections.send(metadata.anyNode(), request))
                .thenApply(response -> MetadataReader.merge(ClusterView.EMPTY, response, null));
    }

    private static MetadataRequest metadataRequest(short version, @Nullable List<String> topics) {
        MetadataRequest request = new MetadataRequest();
        if (topics == null) {
            request.topics(version == 0 ? List.of() : null);
        } else {
            request.topics(
                    topics.stream().map(name -> new MetadataRequestTopic().name(name)).toList());
        }
        // Before version 4 brokers decide alone whether asking creates.
        return version >= 4 ? request.allowAutoTopicCreation(false) : request;
    }

    /** Runs something asynchronous on the loop; for callers on other threads. */
    public <T> CompletableFuture<T> onLoop(Supplier<CompletableFuture<T>> start) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            loop.execute(
                    () ->
                            started(start)
                                    .whenComplete(
                                            (value, error) -> {
                                                if (error == null) {
                                                    result.complete(value);
                                                } else {
                                                    result.completeExceptionally(error);
                                                }
                                            }));
        } catch (LoopClosedException e) {
            result.completeExceptionally(new ClientException("the client is closed", e));
        }
        return result;
    }

    private static <T> CompletableFuture<T> started(Supplier<CompletableFuture<T>> start) {
        try {
            return start.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Ends waiting, connections and the thread. From any thread, more than once. */
    public void close() {
        try {
            loop.execute(
                    () -> {
                        metadata.close();
                        connections.close();
                    });
        } catch (LoopClosedException e) {
            // Closed before: nothing is left to close.
            return;
        }
        stopLoop.run();
    }
}

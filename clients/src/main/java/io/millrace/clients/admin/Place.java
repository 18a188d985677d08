package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.CoordinatorKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;

/** Which broker answers for a key. On the loop. */
interface Place<K> {
    /** Fails retriably if that is not known at the moment. */
    CompletableFuture<Integer> nodeOf(K key);

    /** The node gave no answer, or said that it is not the one. */
    void moved(K key, int node);

    /** Coordinators of groups or transactional ids. */
    static Place<String> coordinator(AdminCalls calls, CoordinatorKey.Type type) {
        ClusterClient cluster = calls.cluster();
        return new Place<>() {
            @Override
            public CompletableFuture<Integer> nodeOf(String name) {
                return cluster.coordinators().of(new CoordinatorKey(type, name));
            }

            @Override
            public void moved(String name, int node) {
                cluster.coordinators().forget(new CoordinatorKey(type, name), node);
            }
        };
    }

    /** Leaders of partitions. */
    static Place<TopicPartition> leader(AdminCalls calls) {
        ClusterClient cluster = calls.cluster();
        return new Place<>() {
            @Override
            public CompletableFuture<Integer> nodeOf(TopicPartition partition) {
                cluster.metadata().want(List.of(partition.topic()));
                return cluster.metadata()
                        .await(
                                view -> view.topic(partition.topic()) != null,
                                calls.timeoutMs(),
                                "metadata of " + partition.topic())
                        .thenApply(
                                view ->
                                        view.leaderOf(partition)
                                                .orElseThrow(
                                                        () ->
                                                                AdminCalls.later(
                                                                        partition
                                                                                + ": no leader"
                                                                                + " known")));
            }

            @Override
            public void moved(TopicPartition partition, int node) {
                cluster.metadata().requestUpdate();
            }
        };
    }

    /** The controller; brokers that are not pass requests on or say so. */
    static <K> Place<K> controller(AdminCalls calls) {
        return new Place<>() {
            @Override
            public CompletableFuture<Integer> nodeOf(K key) {
                return calls.known().thenApply(view -> calls.controllerNode());
            }

            @Override
            public void moved(K key, int node) {
                calls.cluster().metadata().requestUpdate();
            }
        };
    }

    /** A broker that the key names. */
    static <K> Place<K> broker(AdminCalls calls, ToIntFunction<K> brokerOf) {
        return new Place<>() {
            @Override
            public CompletableFuture<Integer> nodeOf(K key) {
                return calls.known().thenApply(view -> brokerOf.applyAsInt(key));
            }

            @Override
            public void moved(K key, int node) {
                calls.cluster().metadata().requestUpdate();
            }
        };
    }
}

package io.millrace.broker.peer;

import io.millrace.broker.share.ShareKey;
import io.millrace.broker.share.ShareState;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.share.ShareStates;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.DeleteShareGroupStateRequest;
import io.millrace.protocol.message.InitializeShareGroupStateRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * States of share-partitions, here or on the broker that leads their partition of the state topic.
 */
public final class RoutedShareStates implements ShareStates {
    private static final PeerRequests.Lane LANE = new PeerRequests.Lane("share-state", 0);

    private final int self;
    private final ShareStateCoordinator local;
    private final Supplier<MetadataImage> metadata;
    private final PeerRequests peers;

    public RoutedShareStates(
            int self,
            ShareStateCoordinator local,
            Supplier<MetadataImage> metadata,
            PeerRequests peers) {
        this.self = self;
        this.local = local;
        this.metadata = metadata;
        this.peers = peers;
    }

    /** The other broker that keeps the key's state; empty if this one does. */
    private OptionalInt elsewhere(ShareKey key) {
        PartitionImage state =
                metadata.get().partition(ShareStateCoordinator.TOPIC, local.partitionOf(key));
        if (state == null || state.leader() == self) {
            return OptionalInt.empty();
        }
        if (!state.hasLeader()) {
            throw unavailable("has no leader");
        }
        return state.leaderId();
    }

    private static ApiException unavailable(String why) {
        return new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE, "the state topic " + why);
    }

    private <T, R extends ApiResponse> CompletableFuture<T> ask(
            ShareKey key,
            Supplier<CompletableFuture<T>> here,
            Supplier<ApiRequest<R>> request,
            Function<R, T> answer) {
        OptionalInt broker;
        try {
            broker = elsewhere(key);
        } catch (ApiException e) {
            return CompletableFuture.failedFuture(e);
        }
        return broker.isEmpty()
                ? here.get()
                : peers.send(broker.getAsInt(), LANE, request.get())
                        .handle(
                                (response, failure) -> {
                                    if (failure != null) {
                                        throw unavailable("does not answer: " + failure);
                                    }
                                    return answer.apply(response);
                                });
    }

    @Override
    public CompletableFuture<Optional<ShareState>> read(ShareKey key) {
        return ask(
                key,
                () -> local.read(key),
                () -> ShareStateMessages.read(key),
                response ->
                        Optional.ofNullable(
                                ShareStateMessages.states(key.groupId(), response).get(key)));
    }

    @Override
    public CompletableFuture<ErrorCode> write(ShareKey key, ShareState changed) {
        return ask(
                key,
                () -> local.write(key, changed),
                () -> ShareStateMessages.write(key, changed),
                response ->
                        ErrorCode.forCode(
                                response.results().get(0).partitions().get(0).errorCode()));
    }

    @Override
    public CompletableFuture<ErrorCode> reset(ShareKey key, long startOffset) {
        return ask(
                key,
                () -> local.reset(key, startOffset),
                () ->
                        new InitializeShareGroupStateRequest()
                                .groupId(key.groupId())
                                .topics(
                                        List.of(
                                                new InitializeShareGroupStateRequest
                                                                .InitializeStateData()
                                                        .topicId(key.topicId())
                                                        .partitions(
                                                                List.of(
                                                                        new InitializeShareGroupStateRequest
                                                                                        .PartitionData()
                                                                                .partition(
                                                                                        key
                                                                                                .partition())
                                                                                .startOffset(
                                                                                        startOffset))))),
                response ->
                        ErrorCode.forCode(
                                response.results().get(0).partitions().get(0).errorCode()));
    }

    @Override
    public CompletableFuture<Boolean> delete(ShareKey key) {
        return ask(
                key,
                () -> local.delete(key),
                () ->
                        new DeleteShareGroupStateRequest()
                                .groupId(key.groupId())
                                .topics(
                                        List.of(
                                                new DeleteShareGroupStateRequest.DeleteStateData()
                                                        .topicId(key.topicId())
                                                        .partitions(
                                                                List.of(
                                                                        new DeleteShareGroupStateRequest
                                                                                        .PartitionData()
                                                                                .partition(
                                                                                        key
                                                                                                .partition()))))),
                response -> {
                    short code = response.results().get(0).partitions().get(0).errorCode();
                    if (code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code()) {
                        return false;
                    }
                    if (code != ErrorCode.NONE.code()) {
                        throw new ApiException(ErrorCode.forCode(code));
                    }
                    return true;
                });
    }

    @Override
    public CompletableFuture<Map<ShareKey, ShareState>> ofGroup(String groupId) {
        TopicImage topic = metadata.get().topic(ShareStateCoordinator.TOPIC);
        Set<Integer> others = new TreeSet<>();
        if (topic != null) {
            topic.partitions().forEach(partition -> partition.leaderId().ifPresent(others::add));
        }
        others.remove(self);
        List<CompletableFuture<Map<ShareKey, ShareState>>> parts = new ArrayList<>();
        parts.add(local.ofGroup(groupId));
        for (int broker : others) {
            parts.add(
                    peers.send(broker, LANE, ShareStateMessages.readAll(groupId))
                            .thenApply(response -> ShareStateMessages.states(groupId, response)));
        }
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done -> {
                            Map<ShareKey, ShareState> all = new HashMap<>();
                            parts.forEach(part -> all.putAll(part.join()));
                            return all;
                        });
    }
}

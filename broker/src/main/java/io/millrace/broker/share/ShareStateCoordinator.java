package io.millrace.broker.share;

import io.millrace.base.time.Clock;
import io.millrace.broker.shard.ShardLog;
import io.millrace.broker.shard.ShardRuntime;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * All shards of share-partitions that this broker serves; which there are follows the leadership of
 * the partitions of {@code __share_group_state}. From any thread. Futures fail with a retriable
 * {@link ApiException} while a shard cannot serve.
 */
public final class ShareStateCoordinator implements ShareStates {
    /** Topic that holds the states, one shard per partition. */
    public static final String TOPIC = "__share_group_state";

    private final ShareConfig config;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final ConcurrentHashMap<Integer, ShardRuntime<ShareStateShard>> shards =
            new ConcurrentHashMap<>();

    public ShareStateCoordinator(
            ShareConfig config, Clock clock, Supplier<MetadataImage> metadata) {
        this.config = config;
        this.clock = clock;
        this.metadata = metadata;
    }

    public ShareConfig config() {
        return config;
    }

    /** The partition of the topic that holds a key, as {@code group:topic id:partition}. */
    public int partitionOf(String coordinatorKey) {
        TopicImage topic = metadata.get().topic(TOPIC);
        int count = topic == null ? config.topicPartitions() : topic.partitions().size();
        return (coordinatorKey.hashCode() & Integer.MAX_VALUE) % count;
    }

    /** The partition of the topic that holds the state of a share-partition. */
    public int partitionOf(ShareKey key) {
        return partitionOf(key.coordinatorKey());
    }

    /** This broker leads the partition from now on, under the log's epoch. */
    public void lead(int partition, ShardLog log) {
        ShardRuntime<ShareStateShard> known = shards.get(partition);
        if (known == null || known.leaderEpoch() < log.leaderEpoch()) {
            resign(partition);
            shards.put(
                    partition,
                    new ShardRuntime<>(partition, log, () -> new ShareStateShard(clock)));
        }
    }

    /** This broker leads the partition no longer. */
    public void resign(int partition) {
        ShardRuntime<ShareStateShard> runtime = shards.remove(partition);
        if (runtime != null) {
            runtime.close();
        }
    }

    @Override
    public CompletableFuture<Optional<ShareState>> read(ShareKey key) {
        return call(
                key,
                (shard, reply, effects) ->
                        effects.reply(reply, Optional.ofNullable(shard.find(key))));
    }

    @Override
    public CompletableFuture<ErrorCode> write(ShareKey key, ShareState changed) {
        return call(
                key,
                (shard, reply, effects) ->
                        effects.reply(reply, shard.write(key, changed, effects)));
    }

    @Override
    public CompletableFuture<ErrorCode> reset(ShareKey key, long startOffset) {
        return call(
                key,
                (shard, reply, effects) ->
                        effects.reply(reply, shard.reset(key, startOffset, effects)));
    }

    @Override
    public CompletableFuture<Boolean> delete(ShareKey key) {
        return call(key, (shard, reply, fx) -> fx.reply(reply, shard.delete(key, fx)));
    }

    @Override
    public CompletableFuture<Map<ShareKey, ShareState>> ofGroup(String groupId) {
        List<CompletableFuture<Map<ShareKey, ShareState>>> parts = new ArrayList<>();
        for (ShardRuntime<ShareStateShard> runtime : shards.values()) {
            parts.add(runtime.call((shard, reply, fx) -> fx.reply(reply, shard.ofGroup(groupId))));
        }
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done -> {
                            Map<ShareKey, ShareState> all = new HashMap<>();
                            parts.forEach(part -> all.putAll(part.join()));
                            return all;
                        });
    }

    private <T> CompletableFuture<T> call(
            ShareKey key, ShardRuntime.Request<ShareStateShard, T> request) {
        ShardRuntime<ShareStateShard> runtime = shards.get(partitionOf(key.coordinatorKey()));
        if (runtime == null) {
            return CompletableFuture.failedFuture(new ApiException(ErrorCode.NOT_COORDINATOR));
        }
        return runtime.call(request);
    }
}

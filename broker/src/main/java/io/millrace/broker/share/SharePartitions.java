package io.millrace.broker.share;

import io.millrace.base.time.Clock;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The share-partitions in use here, by group and partition. From any thread. */
public final class SharePartitions {
    private final PartitionTable partitions;
    private final MetadataView metadata;
    private final ShareStates states;
    private final ShareConfig config;
    private final Clock clock;
    private final ConcurrentHashMap<ShareKey, SharePartition> known = new ConcurrentHashMap<>();

    public SharePartitions(
            PartitionTable partitions,
            MetadataView metadata,
            ShareStates states,
            ShareConfig config,
            Clock clock) {
        this.partitions = partitions;
        this.metadata = metadata;
        this.states = states;
        this.config = config;
        this.clock = clock;
    }

    /** Null if this broker does not hold the partition. */
    @Nullable SharePartition find(ShareKey key) {
        Partition partition = partitions.find(key.topicId(), key.partition());
        if (partition == null || !partition.leading()) {
            known.remove(key);
            return null;
        }
        return known.compute(
                key,
                (same, before) ->
                        before != null && before.partition() == partition
                                ? before
                                : new SharePartition(
                                        key,
                                        partition,
                                        states,
                                        () -> settingsOf(key.groupId()),
                                        clock));
    }

    /** Why {@link #find} gave nothing. */
    ErrorCode whyMissing(ShareSession.Target target) {
        TopicImage topic = metadata.image().topic(target.topicId());
        if (topic == null) {
            return ErrorCode.UNKNOWN_TOPIC_ID;
        }
        return topic.partition(target.partition()) == null
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    /** What the group is configured to do. */
    ShareSettings settingsOf(String groupId) {
        return ShareSettings.of(
                config,
                metadata.image().config(new ConfigResource(ConfigResource.Kind.GROUP, groupId)));
    }

    /** The recorded state was changed by somebody else. */
    public void forget(ShareKey key) {
        SharePartition partition = known.remove(key);
        if (partition != null) {
            partition.forget();
        }
    }
}

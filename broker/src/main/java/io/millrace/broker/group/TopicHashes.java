package io.millrace.broker.group;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import java.util.Collection;

/**
 * One number for what the members of a group could be given: ids, partition counts and racks of the
 * topics. When it changes, the group needs a new assignment.
 */
final class TopicHashes {
    private static final long PRIME = 0x100000001b3L;

    private TopicHashes() {}

    /** Hash of the topics, named in order; those that do not exist do not count. */
    static long of(Collection<String> names, MetadataImage image) {
        long hash = 0;
        for (String name : names) {
            TopicImage topic = image.topic(name);
            if (topic != null) {
                hash = mix(hash, of(topic, image));
            }
        }
        return hash;
    }

    private static long of(TopicImage topic, MetadataImage image) {
        long hash = mix(topic.id().getMostSignificantBits(), topic.id().getLeastSignificantBits());
        hash = mix(hash, topic.partitionCount());
        for (PartitionImage partition : topic.partitions()) {
            long racks = 0;
            for (int replica : partition.replicas()) {
                BrokerImage broker = image.broker(replica);
                // Added up: the order of replicas does not matter.
                racks += broker == null ? 0 : broker.rack().map(String::hashCode).orElse(0);
            }
            hash = mix(hash, racks);
        }
        return hash;
    }

    private static long mix(long hash, long value) {
        long mixed = (hash ^ value) * PRIME;
        return mixed ^ (mixed >>> 29);
    }
}

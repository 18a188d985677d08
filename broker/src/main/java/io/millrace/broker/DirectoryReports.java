package io.millrace.broker;

import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.DirectoryAssignment;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the controller in which log directory each replica of this broker is, so that a directory
 * that fails takes only those along. Says nothing where the controller knows already, and nothing
 * at all with a single directory. Owned by the metadata loop.
 */
final class DirectoryReports {
    private static final Logger LOGGER = LoggerFactory.getLogger(DirectoryReports.class);

    /** Replicas told of at a time; the next look goes on. */
    static final int MAX_REPLICAS = 2_000;

    static final long EVERY_MS = 1_000;

    private final int nodeId;
    private final List<LogDirectory> directories;
    private final PartitionTable partitions;
    private final Supplier<MetadataImage> metadata;
    private volatile boolean asking;

    DirectoryReports(
            int nodeId,
            List<LogDirectory> directories,
            PartitionTable partitions,
            Supplier<MetadataImage> metadata) {
        this.nodeId = nodeId;
        this.directories = List.copyOf(directories);
        this.partitions = partitions;
        this.metadata = metadata;
    }

    /** Directories that work, as this broker registers them. */
    List<UUID> working() {
        return directories.stream()
                .filter(directory -> directory.failure() == null)
                .map(LogDirectory::id)
                .toList();
    }

    /** Looks for replicas that are elsewhere than the controller thinks. On the loop. */
    void tell(ControllerApi controller) {
        MetadataImage image = metadata.get();
        BrokerImage self = image.broker(nodeId);
        if (directories.size() < 2 || asking || self == null) {
            return;
        }
        List<DirectoryAssignment> news = news(image);
        if (news.isEmpty()) {
            return;
        }
        asking = true;
        controller
                .assignDirectories(nodeId, self.epoch(), news)
                .whenComplete(
                        (results, failure) -> {
                            asking = false;
                            LOGGER.atDebug()
                                    .addKeyValue("replicas", news.size())
                                    .setCause(failure)
                                    .log("told where replicas are");
                        });
    }

    private List<DirectoryAssignment> news(MetadataImage image) {
        List<DirectoryAssignment> news = new ArrayList<>();
        for (Partition partition : partitions.all()) {
            TopicImage topic = image.topic(partition.topicId());
            int index = partition.id().partition();
            var known = topic == null ? null : topic.partition(index);
            if (news.size() < MAX_REPLICAS
                    && known != null
                    && known.replicas().contains(nodeId)
                    && !known.directory(nodeId).equals(partition.directory().id())) {
                news.add(
                        new DirectoryAssignment(
                                partition.topicId(), index, partition.directory().id()));
            }
        }
        return news;
    }
}

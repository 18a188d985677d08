package io.millrace.broker.group.share;

import io.millrace.broker.group.assignor.PartitionSet;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One member of a share group.
 *
 * @param profile what it asked for
 * @param progress how far it has come
 */
public record ShareMember(String id, Profile profile, Progress progress) {

    /** What a member asks for and where it is. */
    public record Profile(
            @Nullable String rackId, String clientId, String clientHost, Set<String> topics) {
        public Profile {
            topics = Collections.unmodifiableSet(new TreeSet<>(topics));
        }
    }

    /** The epoch a member has been told, the one before it, and what it may read. */
    public record Progress(int epoch, int previousEpoch, PartitionSet assigned) {
        /** Before the first assignment. */
        public static final Progress NEW = new Progress(0, 0, PartitionSet.EMPTY);
    }

    public ShareMember with(Profile changed) {
        return new ShareMember(id, changed, progress);
    }

    public ShareMember with(Progress changed) {
        return new ShareMember(id, profile, changed);
    }

    public int epoch() {
        return progress.epoch();
    }
}

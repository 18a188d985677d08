package io.millrace.broker.group;

import io.millrace.protocol.error.ErrorCode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One group of a shard, as everything sees it that does not depend on its kind: offsets, lists,
 * deletion, expiry. Owned by the shard.
 */
sealed interface Group permits ClassicGroup, ConsumerGroup, ShareGroup, StreamsGroup {

    /** Age of offsets that count from their commit alone. */
    long SINCE_COMMIT = Long.MIN_VALUE;

    /** Who commits or fetches offsets, as the request says. */
    record Committer(
            String memberId,
            @Nullable String instanceId,
            int epoch,
            boolean transactional,
            short version) {

        /** Names neither a member nor an epoch: an administrator, or a consumer on its own. */
        boolean isNobody() {
            return epoch < 0 && memberId.isEmpty() && instanceId == null;
        }
    }

    String id();

    GroupKind kind();

    /** Name of the state, as lists and descriptions show it. */
    String stateLabel();

    /** What the members are; empty while nobody has ever said. */
    String protocolTypeLabel();

    /** Whether nobody is in it. */
    boolean isEmpty();

    /** Whether a member reads the topic. */
    boolean isSubscribedTo(String topic);

    /** Whether the committer may commit anything at all. */
    ErrorCode checkCommit(Committer who);

    /** Whether a committer that may commit may do so for this partition. */
    default ErrorCode checkCommit(Committer who, UUID topicId, int partition) {
        return ErrorCode.NONE;
    }

    /** Whether the request may see offsets that it will rely on. */
    ErrorCode checkFetch(@Nullable String memberId, int epoch);

    /** Whether an offset of the topic may expire as things are. */
    boolean mayExpire(String topic);

    /** Wall clock from which on offsets age; {@link #SINCE_COMMIT} if only commits count. */
    long idleSinceMs();
}

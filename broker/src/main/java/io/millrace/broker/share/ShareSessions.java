package io.millrace.broker.share;

import io.millrace.broker.network.Requester;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All share sessions of this broker. A session ends when the member says so or its connection goes;
 * then what the member holds is for others. Used from all connection loops.
 */
public final class ShareSessions {
    private final int maxSessions;
    private final SharePartitions partitions;
    private final ConcurrentHashMap<Member, ShareSession> sessions = new ConcurrentHashMap<>();

    private record Member(String groupId, String memberId) {}

    public ShareSessions(int maxSessions, SharePartitions partitions) {
        this.maxSessions = maxSessions;
        this.partitions = partitions;
    }

    /**
     * The session of a request, claimed by it.
     *
     * @throws ApiException SHARE_SESSION_NOT_FOUND, INVALID_SHARE_SESSION_EPOCH,
     *     SHARE_SESSION_LIMIT_REACHED, or INVALID_REQUEST without group or member
     */
    ShareSession claim(
            Requester client, @Nullable String groupId, @Nullable String memberId, int epoch) {
        Member member = named(groupId, memberId);
        return epoch == ShareSession.INITIAL_EPOCH ? open(client, member) : resume(member, epoch);
    }

    /** The same for requests that begin no session. */
    ShareSession claimOpen(@Nullable String groupId, @Nullable String memberId, int epoch) {
        Member member = named(groupId, memberId);
        if (epoch == ShareSession.INITIAL_EPOCH) {
            throw new ApiException(
                    ErrorCode.INVALID_SHARE_SESSION_EPOCH,
                    "a session begins with a fetch, not with an acknowledgement");
        }
        return resume(member, epoch);
    }

    private ShareSession resume(Member member, int epoch) {
        ShareSession session = sessions.get(member);
        if (session == null) {
            throw new ApiException(ErrorCode.SHARE_SESSION_NOT_FOUND);
        }
        if (!session.claim()) {
            throw new ApiException(
                    ErrorCode.INVALID_SHARE_SESSION_EPOCH, "an earlier request is not answered");
        }
        if (epoch == ShareSession.FINAL_EPOCH) {
            sessions.remove(member, session);
        } else if (!session.advance(epoch)) {
            session.release();
            throw new ApiException(ErrorCode.INVALID_SHARE_SESSION_EPOCH);
        }
        return session;
    }

    /** A group and a member must be told; an empty group id is one like others here. */
    private static Member named(@Nullable String groupId, @Nullable String memberId) {
        if (groupId == null || memberId == null || memberId.isEmpty()) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "a share session needs a group and a member");
        }
        return new Member(groupId, memberId);
    }

    private ShareSession open(Requester client, Member member) {
        if (sessions.size() >= maxSessions && !sessions.containsKey(member)) {
            throw new ApiException(
                    ErrorCode.SHARE_SESSION_LIMIT_REACHED,
                    "group.share.max.share.sessions=" + maxSessions);
        }
        ShareSession session = new ShareSession(member.groupId, member.memberId);
        sessions.put(member, session);
        client.whenGone(
                () -> {
                    if (sessions.remove(member, session)) {
                        releaseAll(session);
                    }
                });
        return session;
    }

    /** The member has gone: what it holds is for others. */
    void releaseAll(ShareSession session) {
        for (ShareSession.Target target : session.targets()) {
            SharePartition partition = partitions.find(session.keyOf(target));
            if (partition != null) {
                partition.release(session.memberId());
            }
        }
    }

    SharePartitions partitions() {
        return partitions;
    }

    /** Sessions open now. */
    public int size() {
        return sessions.size();
    }
}

package io.millrace.clients.consumer;

import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.LeaveGroupResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Says goodbye to the coordinator, so that the group need not wait for the session to run out. Only
 * dynamic members do: a static one is expected back. Belongs to the network loop.
 */
final class LeaveGroup {
    private static final int FIRST_MEMBERS_VERSION = 3;
    private static final int FIRST_REASON_VERSION = 5;

    private LeaveGroup() {}

    /** Completes when the coordinator heard it, or did not: nothing more can be done then. */
    static CompletableFuture<Void> send(ClusterClient cluster, GroupMetadata member, String why) {
        if (member.groupInstanceId().isPresent() || member.memberId().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        RequestFactory<LeaveGroupResponse> request =
                RequestFactory.of(ApiKey.LEAVE_GROUP, version -> request(version, member, why));
        return new GroupCalls(cluster)
                .send(
                        member.groupId(),
                        Purpose.GROUP,
                        request,
                        cluster.config().requestTimeoutMs(),
                        answered -> ErrorCode.forCode(answered.response().errorCode()))
                .handle((answered, error) -> null);
    }

    private static LeaveGroupRequest request(short version, GroupMetadata member, String why) {
        LeaveGroupRequest request = new LeaveGroupRequest().groupId(member.groupId());
        if (version < FIRST_MEMBERS_VERSION) {
            return request.memberId(member.memberId());
        }
        MemberIdentity identity = new MemberIdentity().memberId(member.memberId());
        if (version >= FIRST_REASON_VERSION) {
            identity.reason(why);
        }
        return request.members(List.of(identity));
    }
}

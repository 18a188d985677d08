package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupResponse;
import io.millrace.protocol.message.LeaveGroupResponse.MemberResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Takes members out of a group, at their own or an administrator's wish. */
public final class LeaveGroupHandler implements ApiHandler<LeaveGroupRequest, LeaveGroupResponse> {
    private final GroupCoordinator groups;

    public LeaveGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<LeaveGroupResponse> handle(
            RequestContext context, LeaveGroupRequest request) {
        return groups.leave(request, context.version());
    }

    @Override
    public LeaveGroupResponse failure(
            RequestContext context, LeaveGroupRequest request, ErrorCode error, String message) {
        List<MemberResponse> members = new ArrayList<>();
        request.members()
                .forEach(
                        member ->
                                members.add(
                                        new MemberResponse()
                                                .memberId(member.memberId())
                                                .groupInstanceId(member.groupInstanceId())
                                                .errorCode(error.code())));
        return new LeaveGroupResponse().errorCode(error.code()).members(members);
    }
}

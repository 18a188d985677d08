package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse.DescribedGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Describes groups of the consumer protocol: epochs, members, what they have and are to have. */
public final class ConsumerGroupDescribeHandler
        implements ApiHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse> {
    private final GroupCoordinator groups;

    public ConsumerGroupDescribeHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<ConsumerGroupDescribeResponse> handle(
            RequestContext context, ConsumerGroupDescribeRequest request) {
        List<CompletableFuture<DescribedGroup>> answers = new ArrayList<>();
        for (String group : request.groupIds()) {
            answers.add(
                    describe(group)
                            .exceptionally(e -> failed(group, ApiFailures.codeOf(e)))
                            .thenApply(described -> withOperations(request, described)));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                new ConsumerGroupDescribeResponse()
                                        .groups(
                                                answers.stream()
                                                        .map(CompletableFuture::join)
                                                        .toList()));
    }

    private CompletableFuture<DescribedGroup> describe(String group) {
        return group.isEmpty()
                ? CompletableFuture.completedFuture(failed(group, ErrorCode.INVALID_GROUP_ID))
                : groups.describeConsumerGroup(group);
    }

    private static DescribedGroup withOperations(
            ConsumerGroupDescribeRequest request, DescribedGroup described) {
        return request.includeAuthorizedOperations()
                        && described.errorCode() == ErrorCode.NONE.code()
                ? described.authorizedOperations(AuthorizedOperations.ON_GROUP)
                : described;
    }

    @Override
    public ConsumerGroupDescribeResponse failure(
            RequestContext context,
            ConsumerGroupDescribeRequest request,
            ErrorCode error,
            String message) {
        return new ConsumerGroupDescribeResponse()
                .groups(request.groupIds().stream().map(group -> failed(group, error)).toList());
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup()
                .groupId(group)
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}

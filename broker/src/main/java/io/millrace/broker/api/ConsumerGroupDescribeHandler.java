package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse.DescribedGroup;
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
        return PerGroup.askNamed(
                        request.groupIds(),
                        id ->
                                groups.describeConsumerGroup(id)
                                        .thenApply(found -> withOperations(request, found)),
                        ConsumerGroupDescribeHandler::failed)
                .thenApply(answers -> new ConsumerGroupDescribeResponse().groups(answers));
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
                .groups(
                        PerGroup.allFailed(
                                request.groupIds(), error, ConsumerGroupDescribeHandler::failed));
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup()
                .groupId(group)
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}

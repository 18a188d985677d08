package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.ListGroupsResponse;
import io.millrace.protocol.message.ListGroupsResponse.ListedGroup;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Lists the groups that this broker coordinates. */
public final class ListGroupsHandler implements ApiHandler<ListGroupsRequest, ListGroupsResponse> {
    private final GroupCoordinator groups;

    public ListGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<ListGroupsResponse> handle(
            RequestContext context, ListGroupsRequest request) {
        return groups.list()
                .thenApply(
                        all ->
                                new ListGroupsResponse()
                                        .groups(
                                                all.stream()
                                                        .filter(group -> wanted(request, group))
                                                        .toList()));
    }

    @Override
    public ListGroupsResponse failure(
            RequestContext context, ListGroupsRequest request, ErrorCode error, String message) {
        return new ListGroupsResponse().errorCode(error.code());
    }

    private static boolean wanted(ListGroupsRequest request, ListedGroup group) {
        return matches(request.statesFilter(), group.groupState())
                && matches(request.typesFilter(), group.groupType());
    }

    private static boolean matches(List<String> filter, String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        return filter.isEmpty()
                || filter.stream()
                        .anyMatch(wanted -> wanted.toLowerCase(Locale.ROOT).equals(lower));
    }
}

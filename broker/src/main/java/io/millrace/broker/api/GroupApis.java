package io.millrace.broker.api;

import static io.millrace.broker.api.ApiTable.row;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.DeleteGroupsRequest;
import io.millrace.protocol.message.DescribeGroupsRequest;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.StreamsGroupDescribeRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.SyncGroupRequest;
import java.util.ArrayList;
import java.util.List;

/** The rows of the {@link ApiTable} for groups and their committed offsets. */
public final class GroupApis {
    private GroupApis() {}

    /** The rows. */
    public static List<ApiTable.Row<?, ?>> rows(
            GroupCoordinator groups, MetadataView metadata, ShareGroupOffsets shareOffsets) {
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>();
        addGroups(rows, groups);
        addOffsetsAndGroupAdmin(rows, groups, metadata, shareOffsets);
        addStreams(rows, groups);
        return rows;
    }

    private static void addGroups(List<ApiTable.Row<?, ?>> rows, GroupCoordinator groups) {
        rows.add(
                row(
                        ApiKey.JOIN_GROUP,
                        0,
                        9,
                        Resource.GROUP,
                        JoinGroupRequest::read,
                        new JoinGroupHandler(groups)));
        rows.add(
                row(
                        ApiKey.SYNC_GROUP,
                        0,
                        5,
                        Resource.GROUP,
                        SyncGroupRequest::read,
                        new SyncGroupHandler(groups)));
        rows.add(
                row(
                        ApiKey.HEARTBEAT,
                        0,
                        4,
                        Resource.GROUP,
                        HeartbeatRequest::read,
                        new HeartbeatHandler(groups)));
        rows.add(
                row(
                        ApiKey.LEAVE_GROUP,
                        0,
                        5,
                        Resource.GROUP,
                        LeaveGroupRequest::read,
                        new LeaveGroupHandler(groups)));
        rows.add(
                row(
                        ApiKey.CONSUMER_GROUP_HEARTBEAT,
                        0,
                        1,
                        Resource.GROUP,
                        ConsumerGroupHeartbeatRequest::read,
                        new ConsumerGroupHeartbeatHandler(groups)));
    }

    private static void addOffsetsAndGroupAdmin(
            List<ApiTable.Row<?, ?>> rows,
            GroupCoordinator groups,
            MetadataView metadata,
            ShareGroupOffsets shareOffsets) {
        rows.add(
                row(
                        ApiKey.OFFSET_COMMIT,
                        1,
                        10,
                        Resource.GROUP,
                        OffsetCommitRequest::read,
                        new OffsetCommitHandler(groups, metadata)));
        rows.add(
                row(
                        ApiKey.OFFSET_FETCH,
                        1,
                        10,
                        Resource.GROUP,
                        OffsetFetchRequest::read,
                        new OffsetFetchHandler(groups, metadata)));
        rows.add(
                row(
                        ApiKey.OFFSET_DELETE,
                        0,
                        0,
                        Resource.GROUP,
                        OffsetDeleteRequest::read,
                        new OffsetDeleteHandler(groups)));
        rows.add(
                row(
                        ApiKey.DESCRIBE_GROUPS,
                        0,
                        6,
                        Resource.GROUP,
                        DescribeGroupsRequest::read,
                        new DescribeGroupsHandler(groups)));
        rows.add(
                row(
                        ApiKey.CONSUMER_GROUP_DESCRIBE,
                        0,
                        1,
                        Resource.GROUP,
                        ConsumerGroupDescribeRequest::read,
                        new ConsumerGroupDescribeHandler(groups)));
        rows.add(
                row(
                        ApiKey.LIST_GROUPS,
                        0,
                        5,
                        Resource.CLUSTER,
                        ListGroupsRequest::read,
                        new ListGroupsHandler(groups)));
        rows.add(
                row(
                        ApiKey.DELETE_GROUPS,
                        0,
                        2,
                        Resource.GROUP,
                        DeleteGroupsRequest::read,
                        new DeleteGroupsHandler(groups, shareOffsets)));
    }

    private static void addStreams(List<ApiTable.Row<?, ?>> rows, GroupCoordinator groups) {
        rows.add(
                row(
                        ApiKey.STREAMS_GROUP_HEARTBEAT,
                        0,
                        0,
                        Resource.GROUP,
                        StreamsGroupHeartbeatRequest::read,
                        new StreamsGroupHeartbeatHandler(groups)));
        rows.add(
                row(
                        ApiKey.STREAMS_GROUP_DESCRIBE,
                        0,
                        0,
                        Resource.GROUP,
                        StreamsGroupDescribeRequest::read,
                        new StreamsGroupDescribeHandler(groups)));
    }
}

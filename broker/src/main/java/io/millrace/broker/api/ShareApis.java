package io.millrace.broker.api;

import static io.millrace.broker.api.ApiTable.row;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.broker.share.ShareRequests;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest;
import io.millrace.protocol.message.ShareAcknowledgeRequest;
import io.millrace.protocol.message.ShareFetchRequest;
import io.millrace.protocol.message.ShareGroupDescribeRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import java.util.ArrayList;
import java.util.List;

/** The rows of the {@link ApiTable} for share groups. */
public final class ShareApis {
    private ShareApis() {}

    /** The rows. */
    public static List<ApiTable.Row<?, ?>> rows(
            GroupCoordinator groups,
            MetadataView metadata,
            ShareRequests requests,
            ShareGroupOffsets offsets,
            TopicCreation creation) {
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>();
        addShares(rows, groups, requests, creation);
        addShareOffsets(rows, groups, metadata, offsets, creation);
        return rows;
    }

    private static void addShares(
            List<ApiTable.Row<?, ?>> rows,
            GroupCoordinator groups,
            ShareRequests requests,
            TopicCreation creation) {
        rows.add(
                row(
                        ApiKey.SHARE_GROUP_HEARTBEAT,
                        1,
                        1,
                        Resource.GROUP,
                        ShareGroupHeartbeatRequest::read,
                        new ShareGroupHeartbeatHandler(groups)));
        rows.add(
                row(
                        ApiKey.SHARE_GROUP_DESCRIBE,
                        1,
                        1,
                        Resource.GROUP,
                        ShareGroupDescribeRequest::read,
                        new ShareGroupDescribeHandler(groups)));
        rows.add(
                row(
                        ApiKey.SHARE_FETCH,
                        1,
                        2,
                        Resource.GROUP,
                        ShareFetchRequest::read,
                        new ShareFetchHandler(requests, creation)));
        rows.add(
                row(
                        ApiKey.SHARE_ACKNOWLEDGE,
                        1,
                        2,
                        Resource.GROUP,
                        ShareAcknowledgeRequest::read,
                        new ShareAcknowledgeHandler(requests)));
    }

    private static void addShareOffsets(
            List<ApiTable.Row<?, ?>> rows,
            GroupCoordinator groups,
            MetadataView metadata,
            ShareGroupOffsets offsets,
            TopicCreation creation) {
        rows.add(
                row(
                        ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS,
                        0,
                        1,
                        Resource.GROUP,
                        DescribeShareGroupOffsetsRequest::read,
                        new DescribeShareGroupOffsetsHandler(offsets)));
        rows.add(
                row(
                        ApiKey.ALTER_SHARE_GROUP_OFFSETS,
                        0,
                        0,
                        Resource.GROUP,
                        AlterShareGroupOffsetsRequest::read,
                        new AlterShareGroupOffsetsHandler(offsets, groups, creation, metadata)));
        rows.add(
                row(
                        ApiKey.DELETE_SHARE_GROUP_OFFSETS,
                        0,
                        0,
                        Resource.GROUP,
                        DeleteShareGroupOffsetsRequest::read,
                        new DeleteShareGroupOffsetsHandler(offsets, groups, metadata)));
    }
}

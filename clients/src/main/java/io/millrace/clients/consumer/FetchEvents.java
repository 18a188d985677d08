package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;

/** What the fetcher tells the polling thread; called on that thread. */
interface FetchEvents {
    void onFetched(FetchedRecords records);

    /** The end of a log moved though no records came. */
    void onWatermarks(
            TopicPartition partition, int session, long highWatermark, long lastStableOffset);

    /** The offset is not in the log; fetching stopped until started again. */
    void onOutOfRange(TopicPartition partition, int session, long fetchOffset);

    /** The log was truncated below what was read; fetching stopped until started again. */
    void onTruncated(TopicPartition partition, int session, long endOffset);

    /** Something that trying again will not change; fetching stopped until started again. */
    void onFailure(TopicPartition partition, int session, ClientException failure);
}

package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.protocol.message.FetchResponse.AbortedTransaction;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What one fetch brought of one partition, on its way from the network loop to the polling thread.
 * The bytes are garbage-collected memory.
 *
 * @param session tells fetches before a seek from those after it
 * @param fetchOffset what was asked for; the first batch may begin before it
 * @param bytes whole batches; what a fetch cut off at the end is not looked at
 * @param nextOffset behind the last whole batch
 * @param aborted transactions to leave out, ascending by first offset; only when reading committed
 */
record FetchedRecords(
        TopicPartition partition,
        int session,
        long fetchOffset,
        ByteBuf bytes,
        long nextOffset,
        long highWatermark,
        long lastStableOffset,
        List<AbortedTransaction> aborted) {}

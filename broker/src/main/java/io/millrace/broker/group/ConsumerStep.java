package io.millrace.broker.group;

import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerRecordFormat;
import io.millrace.broker.shard.Effects;

/** One event of one consumer group: the only way to change the group is to record the change. */
record ConsumerStep(ConsumerGroup group, Effects effects) {

    void write(ConsumerGroupRecord record) {
        effects.append(ConsumerRecordFormat.encode(record));
        group.apply(record);
    }
}

package io.millrace.broker.group;

import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.shard.Effects;
import java.util.List;

/** A streams group lacks internal topics, which the broker creates for it. */
public record TopicsNeeded(String group, List<NewTopic> topics) implements Effects.Outgoing {
    public TopicsNeeded {
        topics = List.copyOf(topics);
    }
}

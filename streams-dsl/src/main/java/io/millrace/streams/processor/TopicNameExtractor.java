package io.millrace.streams.processor;

import io.millrace.streams.processor.api.RecordMetadata;
import java.util.Optional;

/** Chooses the output topic of each record; the topics must exist. */
@FunctionalInterface
public interface TopicNameExtractor<K, V> {
    String extract(K key, V value, Optional<RecordMetadata> metadata);
}

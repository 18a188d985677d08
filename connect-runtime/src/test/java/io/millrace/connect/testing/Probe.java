package io.millrace.connect.testing;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** What the test plugins did, and how they are told to misbehave, by connector name. */
public final class Probe {
    private static final Map<String, Probe> ALL = new ConcurrentHashMap<>();

    public final List<Object> committedRecords = new CopyOnWriteArrayList<>();
    public final List<Object> put = new CopyOnWriteArrayList<>();
    public final List<String> calls = new CopyOnWriteArrayList<>();
    public final List<TopicPartition> opened = new CopyOnWriteArrayList<>();
    public final AtomicInteger starts = new AtomicInteger();
    public final AtomicInteger commits = new AtomicInteger();
    public final AtomicInteger putCalls = new AtomicInteger();
    public volatile Runnable onPoll = () -> {};
    public volatile Runnable onStart = () -> {};
    public volatile Runnable onPreCommit = () -> {};
    public volatile Consumer<List<SinkRecord>> onPut = records -> {};
    public volatile long startedFrom = -1;
    public volatile Map<String, String> config = Map.of();

    public static Probe of(String connector) {
        return ALL.computeIfAbsent(connector, name -> new Probe());
    }
}

package io.millrace.system.foreign.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** Goes on counting where its last committed offset says. */
public final class CountingSourceTask extends SourceTask {
    private static final int AT_ONCE = 20;

    private String topic = "";
    private int number;
    private long next;

    @Override
    public void start(Map<String, String> config) {
        topic = config.get("topic");
        number = Integer.parseInt(config.get("number"));
        Map<String, Object> last = context.offsetStorageReader().offset(partition());
        next = last == null ? 0 : (Long) last.get("counted") + 1;
    }

    @Override
    public List<SourceRecord> poll() {
        List<SourceRecord> records = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            records.add(
                    new SourceRecord(
                            partition(),
                            Map.of("counted", next),
                            topic,
                            number,
                            Schema.INT64_SCHEMA,
                            next));
            next++;
        }
        return records;
    }

    private Map<String, Object> partition() {
        return Map.of("task", (long) number);
    }

    @Override
    public void stop() {}

    @Override
    public String version() {
        return "1";
    }
}

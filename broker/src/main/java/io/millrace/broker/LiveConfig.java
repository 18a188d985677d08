package io.millrace.broker;

import io.millrace.base.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of this broker as it is now: its file, and on top what the cluster says. Only
 * keys that can change while the broker runs ever differ from the file. Changed on the metadata
 * loop; {@link #current} from anywhere.
 */
final class LiveConfig {
    private static final Logger LOGGER = LoggerFactory.getLogger(LiveConfig.class);

    private final BrokerConfig file;
    private final List<Consumer<BrokerConfig>> listeners = new ArrayList<>();
    private Map<String, String> applied = Map.of();
    private volatile BrokerConfig current;

    LiveConfig(BrokerConfig file) {
        this.file = file;
        this.current = file;
    }

    BrokerConfig current() {
        return current;
    }

    /** Hears of every change, on the metadata loop. Before the broker joins its cluster. */
    void listen(Consumer<BrokerConfig> listener) {
        listeners.add(listener);
    }

    /**
     * Takes what the cluster says now; what it said before is forgotten. Values that do not go
     * together with the file leave everything as it was.
     *
     * @param entries by key of the broker
     */
    void overlay(Map<String, String> entries) {
        if (entries.equals(applied)) {
            return;
        }
        BrokerConfig changed;
        try {
            changed =
                    BrokerConfig.of(
                            "dynamic configuration of broker " + file.nodeId(),
                            file.catalog().brokers().overlaid(entries));
        } catch (ConfigException e) {
            LOGGER.atError()
                    .addKeyValue("entries", entries.keySet())
                    .setCause(e)
                    .log("dynamic configuration does not fit the file; the last one stays");
            return;
        }
        applied = entries;
        current = changed;
        listeners.forEach(listener -> listener.accept(changed));
        LOGGER.atInfo()
                .addKeyValue("keys", entries.keySet())
                .log("dynamic configuration took effect");
    }
}

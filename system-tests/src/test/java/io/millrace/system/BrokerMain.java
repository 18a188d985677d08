package io.millrace.system;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.broker.Broker;
import io.millrace.broker.BrokerConfig;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** A broker alone in a process. Arguments: properties file, data directory, port. */
public final class BrokerMain {
    private BrokerMain() {}

    public static void main(String[] arguments) throws IOException {
        Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
            file.load(reader);
        }
        Map<String, String> config = new HashMap<>();
        file.forEach((key, value) -> config.put((String) key, (String) value));
        config.put("log.dirs", arguments[1]);
        config.put("listeners", "PLAINTEXT://127.0.0.1:" + arguments[2]);
        Broker broker =
                Broker.start(
                        BrokerConfig.of(arguments[0], config),
                        SystemClock.INSTANCE,
                        RandomSource.system());
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
        broker.stopped()
                .whenComplete(
                        (done, failure) -> Runtime.getRuntime().halt(failure == null ? 0 : 1));
        broker.stopped().join();
    }
}

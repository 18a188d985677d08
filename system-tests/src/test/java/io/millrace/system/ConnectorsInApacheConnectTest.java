package io.millrace.system;

import io.millrace.peers.ApacheConnectWorker;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** Our connectors in an Apache Kafka Connect worker. */
@Tag("slow")
class ConnectorsInApacheConnectTest extends ConnectorsScenario {
    @Override
    Worker startWorker(String bootstrap, String pluginPath) {
        ApacheConnectWorker worker = ApacheConnectWorker.start(bootstrap, pluginPath, Map.of());
        return new Worker() {
            @Override
            public String restUrl() {
                return worker.restUrl();
            }

            @Override
            public void kill() {
                worker.process().kill();
            }

            @Override
            public void close() {
                worker.close();
            }
        };
    }
}

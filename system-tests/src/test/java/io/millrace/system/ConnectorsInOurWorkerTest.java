package io.millrace.system;

import io.millrace.connect.worker.ConnectWorker;
import io.millrace.connect.worker.WorkerConfig;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Ports;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Our connectors in our worker, with an Apache Kafka broker behind it. */
@Tag("slow")
class ConnectorsInOurWorkerTest extends ConnectorsScenario {
    @TempDir private Path directory;
    private int starts;

    @Override
    Worker startWorker(String bootstrap, String pluginPath) {
        int port = Ports.free();
        PeerProcess process =
                PeerProcess.startJava(
                        System.getProperty("java.class.path"),
                        List.of("-Xmx512m"),
                        List.of(
                                WorkerProgram.class.getName(),
                                "bootstrap.servers=" + bootstrap,
                                "group.id=connect-cluster",
                                "config.storage.topic=connect-configs",
                                "offset.storage.topic=connect-offsets",
                                "status.storage.topic=connect-status",
                                "config.storage.replication.factor=1",
                                "offset.storage.replication.factor=1",
                                "status.storage.replication.factor=1",
                                "offset.flush.interval.ms=1000",
                                "key.converter=org.apache.kafka.connect.json.JsonConverter",
                                "value.converter=org.apache.kafka.connect.json.JsonConverter",
                                "key.converter.schemas.enable=false",
                                "value.converter.schemas.enable=false",
                                "listeners=http://127.0.0.1:" + port,
                                "plugin.path=" + pluginPath),
                        directory.resolve("worker-" + starts++ + ".out"));
        process.awaitReady("the worker", PATIENCE, () -> process.output().contains("REST at "));
        return new Worker() {
            @Override
            public String restUrl() {
                return "http://127.0.0.1:" + port;
            }

            @Override
            public void kill() {
                process.kill();
            }

            @Override
            public void close() {
                process.close();
            }
        };
    }

    /** A worker as a program of its own, to be killed. Arguments are key=value. */
    static final class WorkerProgram {
        private WorkerProgram() {}

        public static void main(String[] arguments) throws InterruptedException {
            Map<String, String> config = new TreeMap<>();
            for (String argument : arguments) {
                int equals = argument.indexOf('=');
                config.put(argument.substring(0, equals), argument.substring(equals + 1));
            }
            ConnectWorker worker = ConnectWorker.start(WorkerConfig.parse("arguments", config));
            System.out.println("REST at " + worker.restUrl());
            Thread.currentThread().join();
        }
    }
}

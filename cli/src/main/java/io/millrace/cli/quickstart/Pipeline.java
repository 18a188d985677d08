package io.millrace.cli.quickstart;

import io.millrace.cli.ConnectRest;
import io.millrace.cli.process.Part;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.examples.orders.OrdersJob;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Broker, Connect worker with its two connectors, and stream job: each a process of its own,
 * started in this order.
 */
final class Pipeline implements AutoCloseable {
    private static final int PARTITIONS = 2;
    private static final int START_SECONDS = 60;
    private static final String SESSION_MS = "6000";

    private final List<Part> parts;

    private Pipeline(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    static Pipeline start(Path directory, StoryDatabase.Address database) throws Exception {
        int port = freePort();
        String bootstrap = "127.0.0.1:" + port;
        int restPort = freePort();
        List<Part> started = new ArrayList<>();
        try {
            Part broker =
                    Part.start(
                            "broker",
                            directory,
                            "server",
                            "--port",
                            Integer.toString(port),
                            "--data",
                            directory.resolve("broker").toString());
            started.add(broker);
            createTopics(bootstrap);
            Part worker =
                    Part.start(
                            "worker",
                            directory,
                            "connect",
                            "--config",
                            workerConfig(directory).toString(),
                            "--bootstrap",
                            bootstrap,
                            "--port",
                            Integer.toString(restPort));
            started.add(worker);
            deploy(new ConnectRest(URI.create("http://127.0.0.1:" + restPort)), worker, database);
            started.add(
                    Part.start(
                            "job",
                            directory,
                            "orders-job",
                            "--bootstrap",
                            bootstrap,
                            "--state",
                            directory.resolve("state").toString()));
            return new Pipeline(started);
        } catch (Exception e) {
            stop(started);
            throw e;
        }
    }

    /** Broker, worker, job. */
    List<Part> parts() {
        return parts;
    }

    /** Fails if a process has ended by itself. */
    void assertAlive() {
        parts.forEach(Part::assertAlive);
    }

    @Override
    public void close() {
        stop(parts);
    }

    private static void createTopics(String bootstrap) throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        OrdersJob.sourceTopics().forEach(topic -> topics.add(new NewTopic(topic, PARTITIONS, 1)));
        OrdersJob.reportTopics()
                .forEach(
                        topic ->
                                topics.add(
                                        new NewTopic(
                                                topic,
                                                OptionalInt.of(PARTITIONS),
                                                OptionalInt.of(1),
                                                Map.of("cleanup.policy", "compact"))));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(topics).get(START_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void deploy(ConnectRest rest, Part worker, StoryDatabase.Address database)
            throws Exception {
        awaitAnswer(rest, worker);
        rest.putConfig(
                "shop-source",
                withDatabase(
                        database,
                        Map.ofEntries(
                                Map.entry(
                                        "connector.class",
                                        "io.millrace.connectors.postgres.cdc.PostgresCdcSourceConnector"),
                                Map.entry("tasks.max", "1"),
                                Map.entry("topic.prefix", OrdersJob.TOPIC_PREFIX),
                                Map.entry(
                                        "table.include.list",
                                        "public.customers,public.orders,public.payments,public.order_items,public.products"),
                                Map.entry("slot.name", "millrace_shop"),
                                Map.entry("publication.name", "millrace_shop"),
                                Map.entry("decimal.handling.mode", "string"))));
        rest.putConfig(
                "report-sink",
                Map.ofEntries(
                        Map.entry(
                                "connector.class", "io.millrace.connectors.jdbc.JdbcSinkConnector"),
                        Map.entry("tasks.max", "1"),
                        Map.entry("topics", String.join(",", OrdersJob.reportTopics())),
                        Map.entry("connection.url", database.jdbcUrl()),
                        Map.entry("connection.user", database.user()),
                        Map.entry("connection.password", database.password()),
                        Map.entry("insert.mode", "upsert"),
                        Map.entry("pk.mode", "record_key"),
                        Map.entry("table.name.format", "${topic}"),
                        Map.entry("consumer.override.session.timeout.ms", SESSION_MS),
                        Map.entry("consumer.override.heartbeat.interval.ms", "2000")));
    }

    /** A killed worker is missed soon, and little is captured twice after it. */
    private static Path workerConfig(Path directory) throws IOException {
        return Files.writeString(
                directory.resolve("worker.properties"),
                "session.timeout.ms=" + SESSION_MS + "\noffset.flush.interval.ms=1000\n");
    }

    private static Map<String, String> withDatabase(
            StoryDatabase.Address database, Map<String, String> config) {
        Map<String, String> all = new TreeMap<>(config);
        all.put("database.hostname", database.host());
        all.put("database.port", Integer.toString(database.port()));
        all.put("database.dbname", database.database());
        all.put("database.user", database.user());
        all.put("database.password", database.password());
        return all;
    }

    private static void awaitAnswer(ConnectRest rest, Part worker) throws InterruptedException {
        long deadline = nanos() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!answers(rest)) {
            worker.assertAlive();
            if (nanos() > deadline) {
                throw new IllegalStateException(
                        "the worker does not answer; the end of its log:\n" + worker.tail());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static boolean answers(ConnectRest rest) {
        try {
            return rest.call("GET", "/health", null).isObject();
        } catch (java.io.UncheckedIOException | io.millrace.cli.ConnectRestException notYet) {
            return false;
        }
    }

    private static void stop(List<Part> parts) {
        for (int i = parts.size() - 1; i >= 0; i--) {
            parts.get(i).stop();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: processes start in real time
    }
}

package io.millrace.connect.worker;

import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.clients.admin.Admin;
import io.millrace.connect.kafka.InternalTopics;
import io.millrace.connect.kafka.KafkaClients;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.rest.Forwarding;
import io.millrace.connect.rest.RestServer;
import io.millrace.connect.task.RootCause;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running worker: loads plugins, opens the internal topics, serves the REST API, joins its group
 * and runs what falls to it. Starting waits until the topics are read; closing stops all tasks,
 * stores their offsets and leaves the group.
 */
public final class ConnectWorker implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConnectWorker.class);
    private static final int BUILDERS = 3;
    private static final long START_SECONDS = 120;

    private final WorkerConfig config;
    private final Plugins plugins;
    private final Secrets secrets;
    private final Admin admin;
    private final Stores stores;
    private final PluginMetricsSource metrics;
    private final ThreadedEventLoop loop;
    private final EventLoopGroup builders;
    private final RestServer rest;
    private final Herder herder;
    private final Membership membership;
    private final String workerId;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile String stage = "reading the internal topics";

    /** Starts a worker and waits until it knows its connectors. */
    public static ConnectWorker start(WorkerConfig config) {
        return new ConnectWorker(
                config, KafkaClients.of(config.clients(), config.producer(), config.consumer()));
    }

    /** Starts a worker that reaches its cluster through these clients. */
    public static ConnectWorker start(WorkerConfig config, KafkaClients clients) {
        return new ConnectWorker(config, clients);
    }

    private ConnectWorker(WorkerConfig config, KafkaClients clients) {
        Clock clock = SystemClock.INSTANCE;
        this.config = config;
        this.plugins =
                Plugins.load(
                        config.pluginPath(),
                        config.discovery(),
                        ConnectWorker.class.getClassLoader());
        this.secrets = new Secrets(plugins, config.configProviders());
        this.admin = clients.admin("connect-admin-" + config.groupId());
        String clusterId =
                InternalTopics.await("reach the cluster", admin.describeCluster()).clusterId();
        this.rest = RestServer.start(config.restHost(), config.restPort());
        this.workerId = advertised(config, rest.port());
        this.stores = Stores.open(config, clients, admin, clock);
        this.metrics = new PluginMetricsSource();
        this.loop =
                ThreadedEventLoop.start("connect-herder", clock, (failed, cause) -> herderFailed());
        this.builders =
                EventLoopGroup.threaded(
                        "connect-builder", BUILDERS, clock, (failed, cause) -> herderFailed());
        TopicOffsetStore offsets = new TopicOffsetStore(stores.offsets());
        ConnectorPlugins connectorPlugins = new ConnectorPlugins(plugins, config);
        TaskFactory factory =
                new TaskFactory(
                        config, connectorPlugins, secrets, clients, admin, offsets, metrics, clock);
        this.herder =
                new Herder(
                        config,
                        loop,
                        builders,
                        stores,
                        connectorPlugins,
                        secrets,
                        factory,
                        offsets,
                        metrics,
                        new StatusBook(stores.statuses(), loop, workerId),
                        workerId,
                        RandomSource.system());
        WorkerApi api =
                new WorkerApi(
                        herder,
                        plugins,
                        new ConfigCheck(plugins, connectorPlugins, secrets, config),
                        builders,
                        config,
                        new ConnectorOffsets(offsets, admin, connectorPlugins, secrets),
                        clusterId);
        rest.serve(api, () -> stage, new Forwarding());
        this.membership =
                new GroupMember(
                        workerId,
                        config.groupId(),
                        config.configTopic().name(),
                        config.sessionTimeoutMs(),
                        clients,
                        clock);
        load();
    }

    private static String advertised(WorkerConfig config, int port) {
        String given = config.advertisedUrl();
        if (given.isEmpty()) {
            String host = config.restHost().equals("0.0.0.0") ? "127.0.0.1" : config.restHost();
            return host + ":" + port;
        }
        return given.endsWith(":0") ? given.substring(0, given.length() - 1) + port : given;
    }

    private void load() {
        try {
            herder.start().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IllegalStateException("interrupted while starting", e);
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new IllegalStateException(
                    "internal topics cannot be read: " + RootCause.line(e), e);
        }
        membership.start(herder::members);
        stage = "";
        LOGGER.atInfo()
                .addKeyValue("worker", workerId)
                .addKeyValue("group", config.groupId())
                .addKeyValue("plugins", plugins.all().size())
                .log("worker started");
    }

    private void herderFailed() {
        stage = "a thread of the worker failed; see the log";
        LOGGER.atError().log("worker is not usable any more; restart it");
    }

    public int restPort() {
        return rest.port();
    }

    /** Base address of the REST API. */
    public String restUrl() {
        return "http://" + workerId;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> stopped = herder.close();
        try {
            stopped.get(config.gracefulStopMs() + 5_000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atWarn()
                    .addKeyValue("why", RootCause.line(e))
                    .log("worker did not stop cleanly");
        }
        rest.close();
        membership.close();
        closeQuietly("internal topics", stores);
        loop.close();
        builders.close();
        closeQuietly("config providers", secrets);
        closeQuietly("metrics", metrics);
        closeQuietly("admin client", admin);
        plugins.close();
        LOGGER.atInfo().addKeyValue("worker", workerId).log("worker stopped");
    }

    private static void closeQuietly(String what, AutoCloseable part) {
        org.apache.kafka.common.utils.Utils.closeQuietly(part, what);
    }
}

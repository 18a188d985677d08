package io.millrace.broker;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.controller.ControllerConfig;
import io.millrace.broker.group.ConsumerGroupConfig;
import io.millrace.broker.group.GroupConfig;
import io.millrace.broker.group.ShareGroupConfig;
import io.millrace.broker.group.StreamsGroupConfig;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicConfigKeys;
import io.millrace.broker.metrics.MetricsConfig;
import io.millrace.broker.network.NetworkConfig;
import io.millrace.broker.partition.ReplicaConfig;
import io.millrace.broker.partition.StorageConfig;
import io.millrace.broker.replication.fetcher.FetcherConfig;
import io.millrace.broker.share.ShareConfig;
import io.millrace.broker.txn.TransactionConfig;
import io.millrace.zk.session.ZooKeeperConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything a broker is told: Kafka's key names, read once, all problems reported together.
 *
 * @param nodeId identity of this broker in the cluster
 * @param listeners where to listen; port 0 takes a free one
 * @param advertisedListeners what clients are told; where a listener is missing, what was bound
 * @param interBrokerListener through which brokers talk to each other; by default the first
 * @param dataDirs directories of logs; the first also of metadata and the embedded ZooKeeper
 * @param zookeeper the ensemble; absent = an embedded server
 * @param zookeeperSessionTimeoutMs for the embedded server too
 * @param rack where this broker stands
 * @param partitionLoops threads that own partitions
 * @param autoCreateTopics whether clients may create topics by using them
 * @param deleteTopics whether topics may be deleted
 * @param maxFetchBytes most bytes one fetch response carries, whatever the client asks
 * @param fetchSessions fetch sessions kept
 * @param fetchers how partitions are copied from their leaders
 * @param topicDefaults the part of it that gives topics their defaults, by broker key
 * @param catalog all keys, with the values of this configuration, for describing and altering
 */
public record BrokerConfig(
        int nodeId,
        List<Listener> listeners,
        List<Listener> advertisedListeners,
        Optional<String> interBrokerListener,
        List<Path> dataDirs,
        Optional<ZooKeeperConfig> zookeeper,
        int zookeeperSessionTimeoutMs,
        Optional<String> rack,
        int partitionLoops,
        boolean autoCreateTopics,
        boolean deleteTopics,
        int maxFetchBytes,
        int fetchSessions,
        StorageConfig storage,
        NetworkConfig network,
        GroupConfig groups,
        TransactionConfig transactions,
        ShareConfig shares,
        ControllerConfig controller,
        MetricsConfig metrics,
        FetcherConfig fetchers,
        ReplicaConfig replicas,
        Map<String, String> topicDefaults,
        ConfigCatalog catalog) {

    static final ConfigKey<Integer> BROKER_ID =
            ConfigKey.ofInt("broker.id")
                    .withDefault("0")
                    .withDoc("Identity of this broker in the cluster.")
                    .where(id -> id >= 0, "at least 0");
    static final ConfigKey<Integer> NODE_ID =
            ConfigKey.ofInt("node.id")
                    .withDefault("0")
                    .withDoc("Another name of broker.id.")
                    .where(id -> id >= 0, "at least 0");
    static final ConfigKey<List<String>> LISTENERS =
            ConfigKey.ofList("listeners")
                    .withDefault("PLAINTEXT://127.0.0.1:0")
                    .withDoc("Addresses to listen on, NAME://host:port; port 0 takes a free one.");
    static final ConfigKey<List<String>> ADVERTISED_LISTENERS =
            ConfigKey.ofList("advertised.listeners")
                    .withDefault("")
                    .withDoc("Addresses told to clients; by default those bound.");
    static final ConfigKey<String> INTER_BROKER_LISTENER =
            ConfigKey.ofString("inter.broker.listener.name")
                    .withDoc("Listener through which brokers talk to each other.");
    static final ConfigKey<List<String>> LOG_DIRS =
            ConfigKey.ofList("log.dirs")
                    .withDoc("Directories of the logs; the first also holds the metadata.");
    static final ConfigKey<List<String>> LOG_DIR =
            ConfigKey.ofList("log.dir").withDoc("Another name of log.dirs.");
    static final ConfigKey<String> RACK =
            ConfigKey.ofString("broker.rack").withDoc("Where this broker stands.");
    static final ConfigKey<Integer> NUM_IO_THREADS =
            ConfigKey.ofInt("num.io.threads")
                    .withDefault("0")
                    .withDoc("Threads that own partitions; 0 means one per core, at most 8.")
                    .where(n -> n >= 0, "at least 0");
    static final ConfigKey<Boolean> AUTO_CREATE_TOPICS =
            ConfigKey.ofBoolean("auto.create.topics.enable")
                    .withDefault("true")
                    .withDoc("Whether clients may create topics by using them.");
    static final ConfigKey<Boolean> DELETE_TOPICS =
            ConfigKey.ofBoolean("delete.topic.enable")
                    .withDefault("true")
                    .withDoc("Whether topics may be deleted.");
    static final ConfigKey<Integer> FETCH_MAX_BYTES =
            ConfigKey.ofInt("fetch.max.bytes")
                    .withDefault("57671680")
                    .withDoc("Most bytes one fetch response carries, whatever the client asks.")
                    .where(n -> n >= 1024, "at least 1024");
    static final ConfigKey<Integer> FETCH_SESSIONS =
            ConfigKey.ofInt("max.incremental.fetch.session.cache.slots")
                    .withDefault("1000")
                    .withDoc("Fetch sessions kept.")
                    .where(n -> n >= 0, "at least 0");

    /** Keys of Kafka's configuration files that mean nothing here and do no harm. */
    private static final List<String> ACCEPTED =
            List.of(
                    "background.threads",
                    "controlled.shutdown.enable",
                    "listener.security.protocol.map",
                    "zookeeper.connection.timeout.ms");

    private static final List<ConfigKey<?>> KEYS =
            List.of(
                    BROKER_ID,
                    LISTENERS,
                    ADVERTISED_LISTENERS,
                    INTER_BROKER_LISTENER,
                    LOG_DIRS,
                    RACK,
                    NUM_IO_THREADS,
                    AUTO_CREATE_TOPICS,
                    DELETE_TOPICS,
                    FETCH_MAX_BYTES,
                    FETCH_SESSIONS);

    private static final int MAX_DEFAULT_LOOPS = 8;

    /**
     * Reads a configuration.
     *
     * @param source where it comes from, for messages
     * @throws io.millrace.base.config.ConfigException with every problem
     */
    public static BrokerConfig of(String source, Map<String, String> properties) {
        ConfigReader reader = new ConfigReader(source, properties);
        reader.accept(ACCEPTED);
        reader.accept(TopicConfigKeys.brokerKeys());
        int brokerId = reader.has(NODE_ID) ? reader.get(NODE_ID) : reader.get(BROKER_ID);
        Map<String, String> topicDefaults = new TreeMap<>(properties);
        topicDefaults.keySet().retainAll(TopicConfigKeys.brokerKeys());
        int loops = reader.get(NUM_IO_THREADS);
        if (loops == 0) {
            loops = Math.min(MAX_DEFAULT_LOOPS, Runtime.getRuntime().availableProcessors());
        }
        BrokerConfig config =
                new BrokerConfig(
                        brokerId,
                        Listener.parse(LISTENERS.name(), reader.get(LISTENERS), reader),
                        Listener.parse(
                                ADVERTISED_LISTENERS.name(),
                                reader.get(ADVERTISED_LISTENERS),
                                reader),
                        reader.find(INTER_BROKER_LISTENER),
                        dataDirs(reader),
                        ZooKeeperConfig.read(reader),
                        reader.get(ZooKeeperConfig.SESSION_TIMEOUT_MS),
                        reader.find(RACK),
                        loops,
                        reader.get(AUTO_CREATE_TOPICS),
                        reader.get(DELETE_TOPICS),
                        reader.get(FETCH_MAX_BYTES),
                        reader.get(FETCH_SESSIONS),
                        StorageConfig.read(reader),
                        NetworkConfig.read(reader),
                        GroupConfig.read(reader),
                        TransactionConfig.read(reader),
                        ShareConfig.read(reader),
                        ControllerConfig.read(reader),
                        MetricsConfig.read(reader),
                        FetcherConfig.read(reader),
                        ReplicaConfig.read(reader),
                        Map.copyOf(topicDefaults),
                        catalog(properties));
        reader.accept(List.of(BROKER_ID.name(), NODE_ID.name()));
        checkTopicDefaults(topicDefaults, reader);
        config.interBrokerListener()
                .filter(name -> config.listeners().stream().noneMatch(l -> l.name().equals(name)))
                .ifPresent(
                        name ->
                                reader.problem(
                                        INTER_BROKER_LISTENER.name()
                                                + "="
                                                + name
                                                + " names no listener of listeners"));
        reader.finish();
        return config;
    }

    private static ConfigCatalog catalog(Map<String, String> properties) {
        List<ConfigKey<?>> brokerKeys = new ArrayList<>(KEYS);
        brokerKeys.addAll(ControllerConfig.keys());
        brokerKeys.addAll(ReplicaConfig.keys());
        brokerKeys.addAll(GroupConfig.KEYS);
        brokerKeys.addAll(TransactionConfig.KEYS);
        brokerKeys.addAll(ConsumerGroupConfig.KEYS);
        brokerKeys.addAll(ShareGroupConfig.KEYS);
        brokerKeys.addAll(StreamsGroupConfig.KEYS);
        brokerKeys.addAll(ShareConfig.KEYS);
        brokerKeys.addAll(MetricsConfig.KEYS);
        brokerKeys.addAll(FetcherConfig.keys());
        brokerKeys.addAll(NetworkConfig.KEYS);
        brokerKeys.addAll(StorageConfig.keys());
        brokerKeys.add(ZooKeeperConfig.CONNECT);
        brokerKeys.add(ZooKeeperConfig.SESSION_TIMEOUT_MS);
        return ConfigCatalog.of(brokerKeys, properties);
    }

    private static List<Path> dataDirs(ConfigReader reader) {
        List<String> dirs =
                reader.has(LOG_DIRS)
                        ? reader.get(LOG_DIRS)
                        : reader.find(LOG_DIR).orElseGet(() -> reader.get(LOG_DIRS));
        reader.accept(List.of(LOG_DIRS.name(), LOG_DIR.name()));
        List<Path> paths = new ArrayList<>();
        for (String dir : dirs) {
            Path path = Path.of(dir).toAbsolutePath().normalize();
            if (paths.contains(path)) {
                reader.problem("log.dirs names " + path + " twice");
            }
            paths.add(path);
        }
        if (paths.isEmpty()) {
            reader.problem("log.dirs names no directory");
        }
        return List.copyOf(paths);
    }

    private static void checkTopicDefaults(Map<String, String> defaults, ConfigReader reader) {
        try {
            LogConfig.of("topic defaults", Map.of(), defaults);
        } catch (io.millrace.base.config.ConfigException e) {
            e.problems().forEach(reader::problem);
        }
    }
}

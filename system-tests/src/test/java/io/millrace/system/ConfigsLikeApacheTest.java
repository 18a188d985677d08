package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every configuration key as Apache Kafka 4.3.1 describes it, and as we do. */
@Tag("slow")
class ConfigsLikeApacheTest {
    private static final String LIST = "apache-broker-keys.txt";

    private static BrokerUnderTest ours;
    private static BrokerUnderTest theirs;

    @BeforeAll
    static void start() throws Exception {
        ours = BrokerUnderTest.startMillrace("256m");
        theirs = BrokerUnderTest.startApache("384m");
        for (BrokerUnderTest broker : List.of(ours, theirs)) {
            try (Admin admin = admin(broker)) {
                admin.createTopics(List.of(new NewTopic("plain", 1, (short) 1))).all().get();
            }
        }
    }

    @AfterAll
    static void stop() {
        ours.close();
        theirs.close();
    }

    private static Admin admin(BrokerUnderTest broker) {
        return Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    private static Map<String, ConfigEntry> describe(
            BrokerUnderTest broker, ConfigResource.Type type, String name)
            throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(type, name);
        try (Admin admin = admin(broker)) {
            return admin
                    .describeConfigs(
                            List.of(resource),
                            new DescribeConfigsOptions()
                                    .includeSynonyms(true)
                                    .includeDocumentation(true))
                    .all()
                    .get()
                    .get(resource)
                    .entries()
                    .stream()
                    .collect(
                            Collectors.toMap(
                                    ConfigEntry::name, entry -> entry, (a, b) -> a, TreeMap::new));
        }
    }

    private static Map<String, ConfigEntry> describeBroker(BrokerUnderTest broker)
            throws ExecutionException, InterruptedException {
        try (Admin admin = admin(broker)) {
            int id = admin.describeCluster().nodes().get().iterator().next().id();
            return describe(broker, ConfigResource.Type.BROKER, Integer.toString(id));
        }
    }

    /** Everything of an entry but the text of its documentation. */
    private static String shown(ConfigEntry entry) {
        return entry.name()
                + " "
                + entry.type()
                + " "
                + entry.value()
                + " "
                + entry.source()
                + (entry.isReadOnly() ? " read-only" : "")
                + (entry.isSensitive() ? " sensitive" : "")
                + " "
                + entry.synonyms();
    }

    private static List<String> shown(Collection<ConfigEntry> entries, Set<String> without) {
        return entries.stream()
                .filter(entry -> !without.contains(entry.name()))
                .map(ConfigsLikeApacheTest::shown)
                .toList();
    }

    @Test
    @Tag("wire-13")
    void topicsHaveTheSameKeysTypesDefaultsAndSynonyms() throws Exception {
        Map<String, ConfigEntry> our = describe(ours, ConfigResource.Type.TOPIC, "plain");
        Map<String, ConfigEntry> their = describe(theirs, ConfigResource.Type.TOPIC, "plain");
        assertThat(our.keySet())
                .containsAll(their.keySet())
                .as("and one of our own")
                .hasSize(their.size() + 1)
                .contains("flush.on.ack");
        // With eligible leader replicas, Apache writes this default into the cluster's metadata.
        String eligible = "min.insync.replicas";
        assertThat(their.get(eligible).source())
                .isEqualTo(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        assertThat(our.get(eligible).value()).isEqualTo(their.get(eligible).value());
        assertThat(shown(our.values(), Set.of(eligible, "flush.on.ack")))
                .containsExactlyElementsOf(shown(their.values(), Set.of(eligible)));
        assertThat(our.values()).allMatch(entry -> !entry.documentation().isBlank());
    }

    @Test
    void groupsAndClientMetricsAreDescribedTheSame() throws Exception {
        for (ConfigResource.Type type :
                List.of(ConfigResource.Type.GROUP, ConfigResource.Type.CLIENT_METRICS)) {
            Map<String, ConfigEntry> our = describe(ours, type, "unheard-of");
            Map<String, ConfigEntry> their = describe(theirs, type, "unheard-of");
            assertThat(shown(our.values(), Set.of()))
                    .containsExactlyElementsOf(shown(their.values(), Set.of()));
            assertThat(our.values()).allMatch(entry -> !entry.documentation().isBlank());
        }
    }

    @Test
    void everyBrokerKeyWeLackIsListedWithAReason() throws Exception {
        Set<String> lacking = new TreeSet<>(describeBroker(theirs).keySet());
        lacking.removeAll(describeBroker(ours).keySet());
        List<String> listed = listed("- ");
        assertThat(lacking).allMatch(key -> listed.stream().anyMatch(entry -> covers(entry, key)));
        assertThat(listed)
                .as("no line is left over")
                .allMatch(entry -> lacking.stream().anyMatch(key -> covers(entry, key)));
    }

    @Test
    void brokerKeysOfBothAreTheSameUnlessListedWithAReason() throws Exception {
        Map<String, ConfigEntry> our = describeBroker(ours);
        Map<String, ConfigEntry> their = describeBroker(theirs);
        Set<String> differing = new HashSet<>();
        our.forEach(
                (key, entry) -> {
                    ConfigEntry other = their.get(key);
                    if (other != null && !sameButForItsSetting(entry, other)) {
                        differing.add(key);
                    }
                    assertThat(entry.documentation()).as(key).isNotBlank();
                });
        assertThat(differing).isSubsetOf(listed("~ "));
    }

    /** Type, default, and whether it changes at run time; not what the test itself has set. */
    private static boolean sameButForItsSetting(ConfigEntry entry, ConfigEntry other) {
        return entry.type() == other.type()
                && entry.isReadOnly() == other.isReadOnly()
                && entry.isSensitive() == other.isSensitive()
                && Objects.equals(defaultOf(entry), defaultOf(other));
    }

    private static String defaultOf(ConfigEntry entry) {
        return entry.synonyms().stream()
                .filter(s -> s.source() == ConfigSource.DEFAULT_CONFIG)
                .map(s -> s.name() + "=" + s.value())
                .findFirst()
                .orElse("");
    }

    private static boolean covers(String listed, String key) {
        if (listed.startsWith("*")) {
            return key.endsWith(listed.substring(1));
        }
        return listed.endsWith("*")
                ? key.startsWith(listed.substring(0, listed.length() - 1))
                : key.equals(listed);
    }

    private static List<String> listed(String mark) throws IOException {
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        ConfigsLikeApacheTest.class.getResourceAsStream(LIST)),
                                StandardCharsets.UTF_8))) {
            return in.lines()
                    .filter(line -> line.startsWith(mark))
                    .map(line -> line.substring(mark.length()).trim())
                    .toList();
        }
    }
}

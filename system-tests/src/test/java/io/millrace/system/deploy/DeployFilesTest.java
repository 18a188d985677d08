package io.millrace.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import io.millrace.broker.BrokerConfig;
import io.millrace.peers.NpmPackages;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class DeployFilesTest {
    private static final Path DEPLOY = Path.of("../deploy").toAbsolutePath().normalize();
    private static final String DOCKERFILE_LINTER = "0.16.3";

    @TempDir Path directory;

    @Test
    void theThreeBrokersSettingsAreReadWithoutAComplaint() throws IOException {
        for (int id = 1; id <= 3; id++) {
            Path file = DEPLOY.resolve("config/broker-" + id + ".properties");
            BrokerConfig config = BrokerConfig.of(file.toString(), properties(file));
            assertThat(config.nodeId()).isEqualTo(id);
            assertThat(config.zookeeper()).isPresent();
        }
    }

    @Test
    void theChartLeavesTheLinterNothingToSay() {
        var result = new Helm(DEPLOY.resolve("helm/millrace")).lint().strict().call();
        assertThat(result.isFailed()).as(String.join("\n", result.getMessages())).isFalse();
    }

    @Test
    void theChartRendersBrokersThatStopInOrderAndReadTheirSettings() throws IOException {
        Map<String, Map<String, Object>> parts = render(Map.of("zookeeper.connect", "zk-0:2181"));
        Map<String, Object> brokers = at(parts, "StatefulSet/r-broker", "spec");
        assertThat(brokers).containsEntry("replicas", 3).containsEntry("serviceName", "r-brokers");
        assertThat(parts).containsKeys("Service/r-brokers", "Service/r-bootstrap");
        Map<String, Object> pod = at(parts, "StatefulSet/r-broker", "spec", "template", "spec");
        assertThat(pod).containsEntry("terminationGracePeriodSeconds", 60);
        assertThat(at(parts, "PodDisruptionBudget/r-broker", "spec"))
                .containsEntry("maxUnavailable", 1);
        assertThat(at(parts, "PodDisruptionBudget/r-broker", "spec", "selector", "matchLabels"))
                .isEqualTo(at(parts, "StatefulSet/r-broker", "spec", "selector", "matchLabels"))
                .isEqualTo(at(parts, "Service/r-bootstrap", "spec", "selector"));
        Path settings =
                Files.writeString(
                        directory.resolve("broker.properties"),
                        String.valueOf(
                                at(parts, "ConfigMap/r-broker", "data").get("broker.properties")));
        BrokerConfig config = BrokerConfig.of(settings.toString(), properties(settings));
        assertThat(config.zookeeper().orElseThrow().connect()).isEqualTo("zk-0:2181");
        assertThat(config.controller().defaultReplicationFactor()).isEqualTo(3);
    }

    @Test
    void theChartDoesNotRenderWithoutAnEnsemble() {
        assertThatThrownBy(() -> render(Map.of()))
                .hasMessageContaining("zookeeper.connect is required");
    }

    @Test
    void composeNamesOnlyWhatItHas() throws IOException {
        Map<String, Object> compose =
                yaml(Files.readString(DEPLOY.resolve("docker/compose.yaml"))).get(0);
        Map<String, Object> services = map(compose.get("services"));
        Set<String> volumes = map(compose.get("volumes")).keySet();
        assertThat(services).hasSize(6);
        services.forEach(
                (name, service) -> {
                    Map<String, Object> own = map(service);
                    list(own.getOrDefault("depends_on", List.of()))
                            .forEach(other -> assertThat(services).containsKey(other));
                    list(own.get("volumes"))
                            .forEach(volume -> assertThat(volumes).contains(volume.split(":")[0]));
                });
    }

    @Test
    void composeGivesEveryBrokerSettingsThatItReads() throws Exception {
        Map<String, Object> services =
                map(
                        yaml(Files.readString(DEPLOY.resolve("docker/compose.yaml")))
                                .get(0)
                                .get("services"));
        for (int id = 1; id <= 3; id++) {
            Map<String, String> environment = new HashMap<>();
            map(map(services.get("broker-" + id)).get("environment"))
                    .forEach((key, value) -> environment.put(key, String.valueOf(value)));
            Path settings = settingsOfEntrypoint(environment);
            BrokerConfig config = BrokerConfig.of(settings.toString(), properties(settings));
            assertThat(config.nodeId()).isEqualTo(id);
            assertThat(config.advertisedListeners()).hasSize(2);
        }
    }

    @Test
    void aBrokerWithoutANumberIsToldToHaveOne() throws Exception {
        Process entrypoint = entrypoint(Map.of(), "hostname() { echo nameless; }");
        assertThat(entrypoint.waitFor()).isEqualTo(1);
        assertThat(new String(entrypoint.getErrorStream().readAllBytes()))
                .contains("set MILLRACE_SET_broker_id");
    }

    @Test
    void theUnitIsOneThatSystemdAccepts() throws Exception {
        programs("systemd-analyze");
        String unit = Files.readString(DEPLOY.resolve("systemd/millrace-broker.service"));
        // Only whether the program is there cannot be checked here.
        Path copy =
                Files.writeString(
                        directory.resolve("millrace-broker.service"),
                        unit.replace("/opt/millrace/bin/millrace", "/bin/sh"));
        assertThat(run("systemd-analyze", "verify", copy.toString())).isEmpty();
    }

    @Test
    void theDockerfileLeavesTheLinterNothingToSay() throws Exception {
        programs("node", "npm");
        Path installed = Path.of("target/npm/dockerfile-utils-" + DOCKERFILE_LINTER);
        NpmPackages packages = new NpmPackages(installed);
        var reason = packages.install("dockerfile-utils@" + DOCKERFILE_LINTER);
        assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
        Path linter = installed.resolve("node_modules/dockerfile-utils/bin/dockerfile-utils");
        Path dockerfile = DEPLOY.resolve("docker/Dockerfile");
        assertThat(run("node", linter.toString(), "lint", dockerfile.toString())).isEmpty();
    }

    private static Map<String, Map<String, Object>> render(Map<String, String> values) {
        var template =
                new Helm(DEPLOY.resolve("helm/millrace"))
                        .template()
                        .withName("r")
                        .withNamespace("streams")
                        .withKubeVersion("1.30.0");
        values.forEach(template::set);
        Map<String, Map<String, Object>> parts = new TreeMap<>();
        for (Map<String, Object> part : yaml(template.call())) {
            parts.put(part.get("kind") + "/" + map(part.get("metadata")).get("name"), part);
        }
        return parts;
    }

    /** What the image's entry point hands to the server. */
    private Path settingsOfEntrypoint(Map<String, String> environment) throws Exception {
        Path settings = directory.resolve("settings");
        Process entrypoint =
                entrypoint(
                        environment,
                        "exec() { while [ $# -gt 1 ]; do shift; done; cp \"$1\" "
                                + settings
                                + "; }");
        assertThat(entrypoint.waitFor())
                .as(new String(entrypoint.getErrorStream().readAllBytes()))
                .isZero();
        return settings;
    }

    private Process entrypoint(Map<String, String> environment, String stub) throws IOException {
        String script = Files.readString(DEPLOY.resolve("docker/entrypoint.sh"));
        Path stubbed =
                Files.writeString(
                        directory.resolve("entrypoint.sh"),
                        script.replace("set -eu\n", "set -eu\n" + stub + "\n"));
        ProcessBuilder builder = new ProcessBuilder("bash", stubbed.toString(), "server");
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes()).trim();
        int exit = process.waitFor();
        return exit == 0 ? said : said + " (exit code " + exit + ")";
    }

    private static void programs(String... names) {
        for (String name : names) {
            assumeTrue(
                    Stream.of(System.getenv("PATH").split(":"))
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
                    () -> name + " is not installed");
        }
    }

    private static Map<String, String> properties(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> settings = new HashMap<>();
        properties
                .stringPropertyNames()
                .forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }

    private static List<Map<String, Object>> yaml(String text) {
        List<Map<String, Object>> documents = new ArrayList<>();
        new Yaml(new SafeConstructor(new LoaderOptions()))
                .loadAll(text)
                .forEach(
                        document -> {
                            if (document != null) {
                                documents.add(map(document));
                            }
                        });
        return documents;
    }

    private static Map<String, Object> at(
            Map<String, Map<String, Object>> parts, String part, String... path) {
        Map<String, Object> found = parts.get(part);
        assertThat(found).as(part + " of " + parts.keySet()).isNotNull();
        for (String step : path) {
            found = map(found.get(step));
        }
        return found;
    }

    @SuppressWarnings("unchecked") // YAML has names as keys.
    private static Map<String, Object> map(Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked") // Only lists of names are asked for.
    private static List<String> list(Object value) {
        return (List<String>) value;
    }
}

package io.millrace.connect.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.transforms.Transformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins compiled here, packed as jars, and loaded as a worker loads them. */
class PluginsTest {
    @TempDir Path directory;

    private Plugins load(Discovery discovery) {
        return Plugins.load(List.of(directory), discovery, PluginsTest.class.getClassLoader());
    }

    private static Object call(Object connector, String method, String argument) throws Exception {
        return connector.getClass().getMethod(method, String.class).invoke(connector, argument);
    }

    @Test
    void findsAPluginByManifestByAliasAndByScan() throws Exception {
        new PluginJar()
                .connector("acme.ShopSourceConnector", "2.0")
                .service(SourceConnector.class, "acme.ShopSourceConnector")
                .write(directory.resolve("shop/lib/shop.jar"));
        new PluginJar()
                .connector("acme.base.Base", "0")
                .source(
                        "acme.Unlisted",
                        "package acme; public class Unlisted extends acme.base.Base {}")
                .write(directory.resolve("unlisted.jar"));
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            assertThat(
                            plugins.findConnector("acme.ShopSourceConnector", VersionRange.any())
                                    .version())
                    .isEqualTo("2.0");
            assertThat(plugins.findConnector("ShopSource", VersionRange.any()).className())
                    .isEqualTo("acme.ShopSourceConnector");
            assertThat(plugins.findConnector("Unlisted", VersionRange.any()).className())
                    .isEqualTo("acme.Unlisted");
        }
        try (Plugins plugins = load(Discovery.SERVICE_LOAD)) {
            assertThatThrownBy(() -> plugins.findConnector("Unlisted", VersionRange.any()))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("plugin.path");
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithTheNearestKnown() throws Exception {
        new PluginJar()
                .connector("acme.ShopSourceConnector", "2.0")
                .write(directory.resolve("shop.jar"));
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            assertThatThrownBy(
                            () -> plugins.findConnector("ShopSourceConector", VersionRange.any()))
                    .hasMessageContaining("did you mean ShopSourceConnector?");
        }
    }

    @Test
    void severalVersionsLiveSideBySide() throws Exception {
        for (String version : List.of("1.9", "1.10", "2.0-SNAPSHOT")) {
            new PluginJar()
                    .connector("acme.Shop", version)
                    .write(directory.resolve("shop-" + version + ".jar"));
        }
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            assertThat(plugins.findConnector("Shop", VersionRange.any()).version())
                    .isEqualTo("2.0-SNAPSHOT");
            assertThat(
                            plugins.findConnector("Shop", VersionRange.parse("[1.0,2.0-alpha)"))
                                    .version())
                    .isEqualTo("1.10");
            assertThat(plugins.findConnector("Shop", VersionRange.parse("1.9")).version())
                    .isEqualTo("1.9");
            assertThatThrownBy(() -> plugins.findConnector("Shop", VersionRange.parse("[3,)")))
                    .hasMessageContaining("installed are [1.9, 1.10, 2.0-SNAPSHOT]");
        }
    }

    @Test
    void apiClassesComeFromTheWorkerAndEverythingElseOfOursIsHidden() throws Exception {
        new PluginJar()
                .connector("acme.Shop", "1")
                // A plugin that packs the API and slf4j by mistake still gets the worker's.
                .source(
                        "org.apache.kafka.connect.source.SourceRecord",
                        "package org.apache.kafka.connect.source; public class SourceRecord {}")
                .source("org.slf4j.Logger", "package org.slf4j; public interface Logger {}")
                .source(
                        "com.fasterxml.jackson.databind.ObjectMapper",
                        "package com.fasterxml.jackson.databind; public class ObjectMapper {}")
                .write(directory.resolve("shop.jar"));
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            PluginClass shop = plugins.findConnector("Shop", VersionRange.any());
            Object connector = Plugins.create(shop, Object.class);
            String own = shop.loader().toString();
            assertThat(call(connector, "load", "org.apache.kafka.connect.source.SourceRecord"))
                    .isNotEqualTo(own);
            assertThat(call(connector, "load", "org.slf4j.Logger")).isNotEqualTo(own);
            assertThat(call(connector, "load", "org.apache.kafka.clients.producer.KafkaProducer"))
                    .isNotEqualTo(own);
            // Its own Jackson wins over ours; what it does not bundle, ours fills in.
            assertThat(call(connector, "load", "com.fasterxml.jackson.databind.ObjectMapper"))
                    .isEqualTo(own);
            assertThat(
                            call(
                                    connector,
                                    "load",
                                    "com.fasterxml.jackson.datatype.jsr310.JavaTimeModule"))
                    .isNotEqualTo(own);
            for (String hidden :
                    List.of(
                            "io.javalin.Javalin",
                            "io.netty.buffer.ByteBuf",
                            "io.millrace.connect.plugin.Plugins",
                            "org.eclipse.jetty.server.Server",
                            "org.assertj.core.api.Assertions")) {
                assertThatThrownBy(() -> call(connector, "load", hidden))
                        .as(hidden)
                        .hasRootCauseInstanceOf(ClassNotFoundException.class);
            }
        }
    }

    @Test
    void aBundledOldTransformRunsInItsOwnPluginAndTheWorkersElsewhere() throws Exception {
        String name = "org.apache.kafka.connect.transforms.InsertField$Value";
        String old =
                """
                package org.apache.kafka.connect.transforms;
                public class InsertField {
                    public static class Value<R extends org.apache.kafka.connect.connector.ConnectRecord<R>>
                            implements Transformation<R> {
                        public R apply(R record) { return record; }
                        public org.apache.kafka.common.config.ConfigDef config() {
                            return new org.apache.kafka.common.config.ConfigDef();
                        }
                        public void close() {}
                        public void configure(java.util.Map<String, ?> config) {}
                        public String version() { return "0.1"; }
                    }
                }
                """;
        new PluginJar()
                .connector("acme.Shop", "1")
                .source("org.apache.kafka.connect.transforms.InsertField", old)
                .service(Transformation.class, name)
                .service(SourceConnector.class, "acme.Shop")
                .write(directory.resolve("shop.jar"));
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            PluginClass shop = plugins.findConnector("Shop", VersionRange.any());
            PluginClass inShop =
                    plugins.find(
                            List.of(PluginType.TRANSFORMATION),
                            name,
                            VersionRange.any(),
                            shop.location());
            assertThat(inShop.version()).isEqualTo("0.1");
            assertThat(inShop.loader()).isSameAs(shop.loader());
            PluginClass elsewhere =
                    plugins.find(
                            List.of(PluginType.TRANSFORMATION), name, VersionRange.any(), null);
            assertThat(elsewhere.version()).isNotEqualTo("0.1");
            assertThat(Plugins.create(inShop, Transformation.class)).isNotNull();
        }
    }

    @Test
    void thePluginsLoaderIsTheContextLoaderWhileItRuns() throws Exception {
        new PluginJar()
                .source(
                        "acme.Looks",
                        """
                        package acme;
                        public class Looks implements org.apache.kafka.connect.storage.Converter {
                            public final ClassLoader seen = Thread.currentThread().getContextClassLoader();
                            public void configure(java.util.Map<String, ?> config, boolean key) {}
                            public byte[] fromConnectData(String t, org.apache.kafka.connect.data.Schema s, Object v) { return null; }
                            public org.apache.kafka.connect.data.SchemaAndValue toConnectData(String t, byte[] v) { return null; }
                        }
                        """)
                .write(directory.resolve("looks.jar"));
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            PluginClass looks =
                    plugins.find(List.of(PluginType.CONVERTER), "Looks", VersionRange.any(), null);
            ClassLoader before = Thread.currentThread().getContextClassLoader();
            Object created = Plugins.create(looks, Object.class);
            assertThat(created.getClass().getField("seen").get(created)).isSameAs(looks.loader());
            assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
            assertThatThrownBy(
                            () ->
                                    ContextLoader.run(
                                            looks.loader(),
                                            () -> {
                                                throw new IllegalStateException("plugin failed");
                                            }))
                    .hasMessage("plugin failed");
            assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
        }
    }

    @Test
    void aPluginThatCannotBeCreatedDoesNotHideItsNeighbours() throws Exception {
        new PluginJar()
                .connector("acme.Good", "1")
                .source(
                        "acme.Bad",
                        "package acme; public class Bad extends acme.Good { public Bad() { throw"
                                + " new NoClassDefFoundError(\"org/missing/Thing\"); } }")
                .write(directory.resolve("mixed.jar"));
        try (Plugins plugins = load(Discovery.HYBRID_WARN)) {
            assertThat(plugins.findConnector("Good", VersionRange.any()).version()).isEqualTo("1");
            assertThatThrownBy(() -> plugins.findConnector("acme.Bad", VersionRange.any()))
                    .isInstanceOf(ConfigException.class);
        }
    }

    @Test
    void rulesFollowKafkaConnectsNameByName() {
        assertThat(
                        List.of(
                                "acme.Anything",
                                "com.fasterxml.jackson.databind.ObjectMapper",
                                "org.apache.kafka.connect.json.JsonConverter",
                                "org.apache.kafka.connect.transforms.ReplaceField$Value",
                                "org.apache.kafka.connect.transforms.predicates.HasHeaderKey",
                                "org.apache.kafka.connect.file.FileStreamSourceConnector",
                                "org.apache.kafka.connect.converters.ByteArrayConverter",
                                "org.apache.kafka.connect.storage.StringConverter",
                                "org.apache.kafka.connect.connector.policy.AllConnectorClientConfigOverridePolicy",
                                "org.apache.kafka.common.config.provider.FileConfigProvider"))
                .allMatch(IsolationRules::childFirst);
        assertThat(
                        List.of(
                                "java.sql.Driver",
                                "javax.sql.DataSource",
                                "org.slf4j.Logger",
                                "org.apache.kafka.common.utils.Utils",
                                "org.apache.kafka.connect.data.Struct",
                                "org.apache.kafka.connect.transforms.Transformation",
                                "org.apache.kafka.connect.transforms.predicates.Predicate",
                                "org.apache.kafka.connect.storage.Converter",
                                "org.apache.kafka.connect.connector.policy.ConnectorClientConfigRequest$ClientType",
                                "org.apache.kafka.common.config.provider.ConfigProvider"))
                .noneMatch(IsolationRules::childFirst);
    }
}

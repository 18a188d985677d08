package io.millrace.connect.plugin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.connect.components.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the plugins of one location: from its service manifests, and by scanning class files where
 * manifests name no connector and {@link Discovery} allows it. A class that cannot be created is
 * named with its jar and left out.
 */
final class PluginScanner {
    private static final Logger LOGGER = LoggerFactory.getLogger(PluginScanner.class);

    private final ClassLoader api;
    private final Discovery discovery;

    PluginScanner(ClassLoader api, Discovery discovery) {
        this.api = api;
        this.discovery = discovery;
    }

    List<PluginClass> plugins(PluginLocation location, PluginClassLoader loader) {
        Map<PluginType, Set<String>> named =
                discovery == Discovery.ONLY_SCAN
                        ? new TreeMap<>()
                        : manifests(loader::findResources);
        boolean hasConnector =
                named.containsKey(PluginType.SOURCE) || named.containsKey(PluginType.SINK);
        if (!hasConnector && discovery != Discovery.SERVICE_LOAD) {
            addScanned(location, named);
        }
        return instantiate(location, loader, named);
    }

    /** Plugins that the worker's own class path names in manifests. */
    List<PluginClass> workerPlugins(ClassLoader worker) {
        PluginLocation location = new PluginLocation("classpath", "classpath", List.of());
        return instantiate(location, worker, manifests(worker::getResources));
    }

    private void addScanned(PluginLocation location, Map<PluginType, Set<String>> named) {
        Map<PluginType, TreeSet<String>> scanned = ClassScan.scan(location, api);
        scanned.forEach(
                (type, names) -> {
                    Set<String> known = named.computeIfAbsent(type, t -> new LinkedHashSet<>());
                    names.removeAll(known);
                    if (names.isEmpty()) {
                        return;
                    }
                    if (discovery == Discovery.HYBRID_FAIL) {
                        throw new IllegalStateException(
                                location.path()
                                        + ": no service manifest names "
                                        + names
                                        + "; add META-INF/services/"
                                        + type.base().getName()
                                        + " or set plugin.discovery=hybrid_warn");
                    }
                    LOGGER.atDebug()
                            .addKeyValue("location", location.path())
                            .addKeyValue("classes", names)
                            .log("plugins found by scanning; a service manifest would be faster");
                    known.addAll(names);
                });
    }

    private interface Resources {
        Enumeration<URL> find(String name) throws IOException;
    }

    private static Map<PluginType, Set<String>> manifests(Resources resources) {
        Map<PluginType, Set<String>> found = new TreeMap<>();
        for (PluginType type : PluginType.values()) {
            String manifest = "META-INF/services/" + type.base().getName();
            try {
                Enumeration<URL> urls = resources.find(manifest);
                while (urls.hasMoreElements()) {
                    found.computeIfAbsent(type, t -> new LinkedHashSet<>())
                            .addAll(readManifest(urls.nextElement()));
                }
            } catch (IOException e) {
                LOGGER.atWarn()
                        .addKeyValue("manifest", manifest)
                        .setCause(e)
                        .log("service manifest cannot be read; its plugins are not available");
            }
        }
        return found;
    }

    private static List<String> readManifest(URL url) throws IOException {
        java.net.URLConnection connection = url.openConnection();
        connection.setUseCaches(false); // a cached jar would stay open after its loader is closed
        List<String> names = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                connection.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int comment = line.indexOf('#');
                String name = (comment < 0 ? line : line.substring(0, comment)).trim();
                if (!name.isEmpty()) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    private static List<PluginClass> instantiate(
            PluginLocation location, ClassLoader loader, Map<PluginType, Set<String>> named) {
        List<PluginClass> found = new ArrayList<>();
        named.forEach(
                (type, names) -> {
                    for (String name : names) {
                        addUsable(location, loader, type, name, found);
                    }
                });
        return found;
    }

    private static void addUsable(
            PluginLocation location,
            ClassLoader loader,
            PluginType type,
            String name,
            List<PluginClass> found) {
        try {
            PluginClass plugin =
                    ContextLoader.call(
                            loader,
                            () -> {
                                Class<?> klass = Class.forName(name, false, loader);
                                Object created =
                                        type.base()
                                                .cast(klass.getDeclaredConstructor().newInstance());
                                return new PluginClass(type, klass, versionOf(created), location);
                            });
            found.add(plugin);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            LOGGER.atWarn()
                    .addKeyValue("class", name)
                    .addKeyValue("location", location.path())
                    .addKeyValue("why", root.toString())
                    .log("plugin class cannot be created and is not available");
        }
    }

    private static String versionOf(Object plugin) {
        if (plugin instanceof Versioned versioned) {
            try {
                String version = versioned.version();
                return version == null || version.isBlank() ? "undefined" : version;
            } catch (LinkageError | RuntimeException e) {
                // Plugins built before version() existed, or whose version file is missing, still
                // run.
                LOGGER.atDebug()
                        .addKeyValue("class", plugin.getClass().getName())
                        .setCause(e)
                        .log("plugin does not tell its version");
            }
        }
        return "undefined";
    }
}

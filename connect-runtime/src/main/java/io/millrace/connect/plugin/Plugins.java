package io.millrace.connect.plugin;

import io.millrace.base.config.NearestName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All plugins of a worker, by class name, alias and version. Immutable after {@link #load}; safe
 * from any thread. An alias is the simple class name, with or without the ending of its kind
 * ({@code JsonConverter}, {@code Json}). Closing closes the jars, which ends every plugin.
 */
public final class Plugins implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Plugins.class);

    private final List<PluginClass> all;
    private final List<PluginClassLoader> loaders;

    private Plugins(List<PluginClass> all, List<PluginClassLoader> loaders) {
        this.all = List.copyOf(all);
        this.loaders = List.copyOf(loaders);
    }

    /** Loads every plugin below the directories, and those on the class path of {@code worker}. */
    public static Plugins load(List<Path> pluginPath, Discovery discovery, ClassLoader worker) {
        ApiClassLoader api = new ApiClassLoader(worker);
        PluginScanner scanner = new PluginScanner(api, discovery);
        List<PluginClassLoader> loaders = new ArrayList<>();
        List<PluginClass> found = new ArrayList<>();
        for (PluginLocation location : PluginPath.locations(pluginPath)) {
            PluginClassLoader loader = new PluginClassLoader(location, api);
            loaders.add(loader);
            List<PluginClass> plugins = scanner.plugins(location, loader);
            found.addAll(plugins);
            LOGGER.atInfo()
                    .addKeyValue("location", location.path())
                    .addKeyValue("plugins", plugins.size())
                    .log("loaded plugin");
        }
        found.addAll(scanner.workerPlugins(worker));
        found.sort(
                Comparator.comparing(PluginClass::type)
                        .thenComparing(PluginClass::className)
                        .thenComparing(plugin -> new PluginVersion(plugin.version())));
        return new Plugins(found, loaders);
    }

    /** Every plugin, ordered by type, class name and version. */
    public List<PluginClass> all() {
        return all;
    }

    /**
     * The newest plugin with this name that the range accepts. A class in {@code preferred} wins,
     * since a connector runs the transforms and converters that it bundles.
     *
     * @throws ConfigException naming what is there instead
     */
    public PluginClass find(
            Collection<PluginType> types,
            String name,
            VersionRange range,
            @Nullable PluginLocation preferred) {
        List<PluginClass> named = named(types, name);
        if (named.isEmpty()) {
            throw new ConfigException(unknown(types, name));
        }
        Set<String> classes = new HashSet<>();
        named.forEach(plugin -> classes.add(plugin.className()));
        if (classes.size() > 1) {
            throw new ConfigException(
                    name + " could be any of " + classes + "; write the full class name");
        }
        Optional<PluginClass> own =
                named.stream()
                        .filter(plugin -> plugin.location().equals(preferred))
                        .filter(plugin -> range.accepts(plugin.version()))
                        .findFirst();
        return own.or(() -> newest(named, range))
                .orElseThrow(
                        () ->
                                new ConfigException(
                                        name
                                                + ": no installed version is in "
                                                + range
                                                + "; installed are "
                                                + named.stream()
                                                        .map(PluginClass::version)
                                                        .toList()));
    }

    public PluginClass findConnector(String name, VersionRange range) {
        return find(PluginType.CONNECTORS, name, range, null);
    }

    /** A new object of the plugin, created under its own context loader. */
    public static <T> T create(PluginClass plugin, Class<T> as) {
        try {
            return ContextLoader.call(
                    plugin.loader(),
                    () -> as.cast(plugin.klass().getDeclaredConstructor().newInstance()));
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new ConfigException(
                    plugin.className()
                            + " from "
                            + plugin.location().path()
                            + " cannot be created: "
                            + rootOf(e));
        }
    }

    private List<PluginClass> named(Collection<PluginType> types, String name) {
        List<PluginClass> exact =
                all.stream()
                        .filter(plugin -> types.contains(plugin.type()))
                        .filter(plugin -> plugin.className().equals(name))
                        .toList();
        if (!exact.isEmpty()) {
            return exact;
        }
        return all.stream()
                .filter(plugin -> types.contains(plugin.type()))
                .filter(plugin -> aliases(plugin).contains(name))
                .toList();
    }

    private static List<String> aliases(PluginClass plugin) {
        String nested = plugin.className().substring(plugin.className().lastIndexOf('.') + 1);
        String simple = plugin.klass().getSimpleName();
        String suffix = plugin.type().suffix();
        String pruned =
                simple.endsWith(suffix) && simple.length() > suffix.length()
                        ? simple.substring(0, simple.length() - suffix.length())
                        : simple;
        return List.of(nested, simple, pruned);
    }

    private static Optional<PluginClass> newest(List<PluginClass> named, VersionRange range) {
        return named.stream()
                .filter(plugin -> range.accepts(plugin.version()))
                .max(Comparator.comparing(plugin -> new PluginVersion(plugin.version())));
    }

    private String unknown(Collection<PluginType> types, String name) {
        List<String> known = new ArrayList<>();
        for (PluginClass plugin : all) {
            if (types.contains(plugin.type())) {
                known.add(plugin.className());
                known.addAll(aliases(plugin));
            }
        }
        String kinds = String.join(" or ", types.stream().map(PluginType::noun).toList());
        return "Failed to find any class that implements a "
                + kinds
                + " and which name matches "
                + name
                + NearestName.suggestion(name, known)
                + " Installed: "
                + all.stream()
                        .filter(plugin -> types.contains(plugin.type()))
                        .map(plugin -> plugin.className() + " " + plugin.version())
                        .distinct()
                        .toList()
                + ". Put its jars in a directory of plugin.path and restart the worker.";
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    @Override
    public void close() {
        for (PluginClassLoader loader : loaders) {
            try {
                loader.close();
            } catch (IOException e) {
                LOGGER.atWarn()
                        .addKeyValue("loader", loader.getName())
                        .setCause(e)
                        .log("plugin jars did not close");
            }
        }
    }
}

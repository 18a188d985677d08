package io.millrace.connect.plugin;

import java.net.URL;
import java.util.List;

/**
 * One plugin as installed: a directory with jars or classes, or a single jar.
 *
 * @param name file name of the directory or jar; {@code classpath} for what the worker brings
 * @param path where it lies, for messages and the REST API
 * @param urls its jars, and the directory itself when it holds classes
 */
public record PluginLocation(String name, String path, List<URL> urls) {
    public PluginLocation {
        urls = List.copyOf(urls);
    }
}

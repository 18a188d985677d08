package io.millrace.connect.plugin;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * What plugins see of the worker: the JDK, connect-api with kafka-clients, connect-json and
 * connect-transforms, Jackson and slf4j. Everything else on the worker's class path (HTTP server,
 * network, our own code) stays hidden, so that a plugin's own version of a library never meets
 * ours.
 */
final class ApiClassLoader extends ClassLoader {
    private final ClassLoader worker;

    ApiClassLoader(ClassLoader worker) {
        super("connect-api", ClassLoader.getPlatformClassLoader());
        this.worker = worker;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (IsolationRules.visibleToPlugins(name)) {
            return worker.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }

    @Override
    protected @Nullable URL findResource(String name) {
        return IsolationRules.resourceVisibleToPlugins(name) ? worker.getResource(name) : null;
    }

    @Override
    protected Enumeration<URL> findResources(String name) throws IOException {
        return IsolationRules.resourceVisibleToPlugins(name)
                ? worker.getResources(name)
                : Collections.emptyEnumeration();
    }
}

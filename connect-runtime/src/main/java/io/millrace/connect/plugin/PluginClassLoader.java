package io.millrace.connect.plugin;

import java.net.URL;
import java.net.URLClassLoader;
import org.jspecify.annotations.Nullable;

/**
 * Class loader of one plugin location: its own jars first, except where {@link IsolationRules} say
 * otherwise.
 */
final class PluginClassLoader extends URLClassLoader {
    static {
        registerAsParallelCapable();
    }

    PluginClassLoader(PluginLocation location, ClassLoader api) {
        super("plugin:" + location.name(), location.urls().toArray(URL[]::new), api);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) { // gate: the contract of ClassLoader asks for it
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null && IsolationRules.childFirst(name)) {
                loaded = findOwn(name);
            }
            if (loaded == null) {
                return super.loadClass(name, resolve);
            }
            if (resolve) {
                resolveClass(loaded);
            }
            return loaded;
        }
    }

    private @Nullable Class<?> findOwn(String name) {
        try {
            return findClass(name);
        } catch (ClassNotFoundException notBundled) {
            return null; // the worker is asked next
        }
    }
}

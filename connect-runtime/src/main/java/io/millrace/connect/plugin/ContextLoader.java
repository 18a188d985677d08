package io.millrace.connect.plugin;

import org.jspecify.annotations.Nullable;

/**
 * Runs code of a plugin with the plugin's class loader as the thread's context loader, and puts the
 * former one back. Drivers and service lookups inside plugins depend on it.
 */
public final class ContextLoader {
    private ContextLoader() {}

    /** A call that gives a result and may throw. */
    @FunctionalInterface
    public interface Call<R extends @Nullable Object, E extends Exception> {
        R call() throws E;
    }

    /** A call without result that may throw. */
    @FunctionalInterface
    public interface Action<E extends Exception> {
        void run() throws E;
    }

    public static <R extends @Nullable Object, E extends Exception> R call(
            ClassLoader loader, Call<R, E> body) throws E {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        if (before == loader) {
            return body.call();
        }
        thread.setContextClassLoader(loader);
        try {
            return body.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    public static <E extends Exception> void run(ClassLoader loader, Action<E> body) throws E {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            body.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}

package io.millrace.protocol.message;

import java.io.File;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/** The message codec of one Apache Kafka release, in a class loader of its own. */
final class ApacheRelease {
    private static final String COMMON = "org.apache.kafka.common.";

    private final ClassLoader loader;

    private ApacheRelease(List<String> jars) {
        List<URL> urls = new ArrayList<>();
        String folder = System.getProperty("foreign.folder");
        try {
            for (String jar : jars) {
                urls.add(new File(folder, jar).toURI().toURL());
            }
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
        urls.add(Logger.class.getProtectionDomain().getCodeSource().getLocation());
        loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    static ApacheRelease newest() {
        String version = System.getProperty("foreign.newest");
        return new ApacheRelease(
                List.of(
                        "kafka-clients-" + version + ".jar",
                        "kafka-group-coordinator-" + version + ".jar",
                        "kafka-transaction-coordinator-" + version + ".jar",
                        "kafka-share-coordinator-" + version + ".jar"));
    }

    static ApacheRelease legacy() {
        return new ApacheRelease(
                List.of("kafka-clients-" + System.getProperty("foreign.legacy") + ".jar"));
    }

    /** The release's class for one of our messages. */
    Optional<Message> find(String simpleName) {
        for (String className :
                List.of(
                        COMMON + "message." + simpleName + "Data",
                        COMMON + "message." + simpleName,
                        "org.apache.kafka.coordinator.group.generated." + simpleName,
                        "org.apache.kafka.coordinator.transaction.generated." + simpleName,
                        "org.apache.kafka.coordinator.share.generated." + simpleName)) {
            try {
                return Optional.of(new Message(Class.forName(className, true, loader)));
            } catch (ClassNotFoundException e) {
                // The next place it may be in.
                continue;
            }
        }
        return Optional.empty();
    }

    /** One message class of the release. */
    final class Message {
        private final Class<?> type;

        private Message(Class<?> type) {
            this.type = type;
        }

        /** Whether the release reads and writes the version. */
        boolean has(int version) {
            Object[] schemas = (Object[]) constant("SCHEMAS");
            return version < schemas.length && schemas[version] != null;
        }

        /** Schema of the version, an {@code org.apache.kafka.common.protocol.types.Schema}. */
        Object schema(int version) {
            return ((Object[]) constant("SCHEMAS"))[version];
        }

        private Object constant(String name) {
            try {
                Field field = type.getField(name);
                return field.get(null);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        /** What the release writes after it has read {@code bytes}; they must be read wholly. */
        byte[] rewrite(byte[] bytes, short version) {
            try {
                Class<?> readable = Class.forName(COMMON + "protocol.Readable", true, loader);
                Class<?> writable = Class.forName(COMMON + "protocol.Writable", true, loader);
                Class<?> accessor =
                        Class.forName(COMMON + "protocol.ByteBufferAccessor", true, loader);
                Class<?> cacheType =
                        Class.forName(COMMON + "protocol.ObjectSerializationCache", true, loader);
                ByteBuffer in = ByteBuffer.wrap(bytes);
                Object message =
                        type.getConstructor(readable, short.class)
                                .newInstance(
                                        accessor.getConstructor(ByteBuffer.class).newInstance(in),
                                        version);
                if (in.hasRemaining()) {
                    throw new IllegalStateException(in.remaining() + " bytes were not read");
                }
                Object cache = cacheType.getConstructor().newInstance();
                int size =
                        (int)
                                type.getMethod("size", cacheType, short.class)
                                        .invoke(message, cache, version);
                ByteBuffer out = ByteBuffer.allocate(size);
                type.getMethod("write", writable, cacheType, short.class)
                        .invoke(
                                message,
                                accessor.getConstructor(ByteBuffer.class).newInstance(out),
                                cache,
                                version);
                return out.array();
            } catch (InvocationTargetException e) {
                throw new IllegalStateException(type + " v" + version, e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(type + " v" + version, e);
            }
        }
    }
}

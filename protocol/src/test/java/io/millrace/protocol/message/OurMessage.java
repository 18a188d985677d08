package io.millrace.protocol.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.File;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** One of our generated classes, used as any test over all of them needs it. */
record OurMessage(Class<?> type, short lowest, short highest, MethodHandle read) {
    private static final Set<String> OURS_ALONE = Set.of("ExplainRequest", "ExplainResponse");

    static OurMessage of(Class<?> type) {
        try {
            return new OurMessage(
                    type,
                    type.getField("LOWEST_VERSION").getShort(null),
                    type.getField("HIGHEST_VERSION").getShort(null),
                    MethodHandles.lookup()
                            .findStatic(
                                    type,
                                    "read",
                                    MethodType.methodType(type, ByteBuf.class, short.class)));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Those that Apache's releases have, too. */
    static List<OurMessage> ofKafka() {
        return all().stream().filter(message -> !OURS_ALONE.contains(message.name())).toList();
    }

    /** All generated classes. */
    static List<OurMessage> all() {
        List<OurMessage> found = new ArrayList<>();
        for (String packageName :
                List.of("io.millrace.protocol.message", "io.millrace.protocol.coordinator")) {
            File folder = folderOf(packageName);
            for (File file : Objects.requireNonNull(folder.listFiles(), folder::toString)) {
                String name = file.getName().replace(".class", "");
                if (!name.contains("$") && file.getName().endsWith(".class")) {
                    addMessage(packageName + "." + name, found);
                }
            }
        }
        return found;
    }

    private static File folderOf(String packageName) {
        try {
            File classes =
                    new File(
                            ApiMessage.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            return new File(classes, packageName.replace('.', '/'));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void addMessage(String className, List<OurMessage> into) {
        try {
            Class<?> type = Class.forName(className);
            if (ApiMessage.class.isAssignableFrom(type) && !type.isInterface()) {
                into.add(of(type));
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    String name() {
        return type.getSimpleName();
    }

    ApiMessage read(ByteBuf in, short version) {
        try {
            return (ApiMessage) read.invoke(in, version);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** What we write after we have read {@code bytes}; they must be read wholly. */
    byte[] rewrite(byte[] bytes, short version) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        ApiMessage message = read(in, version);
        if (in.isReadable()) {
            throw new IllegalStateException(in.readableBytes() + " bytes were not read");
        }
        MessageSink sink = MessageSink.onHeap();
        message.write(sink, version);
        int size = sink.size();
        byte[] written = ByteBufUtil.getBytes(sink.toBuffer());
        if (size != written.length) {
            throw new IllegalStateException(size + " bytes told, " + written.length + " written");
        }
        return written;
    }

    @Override
    public String toString() {
        return name();
    }
}

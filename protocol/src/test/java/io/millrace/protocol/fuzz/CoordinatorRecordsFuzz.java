package io.millrace.protocol.fuzz;

import io.millrace.protocol.coordinator.OffsetCommitKey;
import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.MalformedMessageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One byte for the kind of record, one for its version, then a key or value of a coordinator. */
public final class CoordinatorRecordsFuzz {
    private static final List<Class<?>> KINDS = kinds();

    private CoordinatorRecordsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws ReflectiveOperationException {
        if (input.length < 2) {
            return;
        }
        Class<?> kind = KINDS.get((input[0] & 0xff) % KINDS.size());
        short lowest = kind.getField("LOWEST_VERSION").getShort(null);
        short highest = kind.getField("HIGHEST_VERSION").getShort(null);
        short version = (short) (lowest + (input[1] & 0xff) % (highest - lowest + 1));
        Method reader = kind.getMethod("read", ByteBuf.class, short.class);
        ApiMessage message;
        try {
            message = read(reader, Unpooled.wrappedBuffer(input, 2, input.length - 2), version);
        } catch (MalformedMessageException e) {
            return;
        }
        Messages.checkRoundTrip(message, version, in -> read(reader, in, version));
    }

    private static ApiMessage read(Method reader, ByteBuf in, short version) {
        try {
            return (ApiMessage) reader.invoke(null, in, version);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (int kind = 0; kind < KINDS.size(); kind++) {
            seeds.add(ByteBuffer.allocate(40).put((byte) kind).array());
        }
        return seeds;
    }

    private static List<Class<?>> kinds() {
        List<Class<?>> kinds = new ArrayList<>();
        String packageName = OffsetCommitKey.class.getPackageName();
        try {
            Path classes =
                    Path.of(
                            OffsetCommitKey.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            try (Stream<Path> files = Files.list(classes.resolve(packageName.replace('.', '/')))) {
                List<String> names =
                        files.map(file -> file.getFileName().toString())
                                .filter(name -> name.matches("\\w+(Key|Value)\\.class"))
                                .sorted()
                                .toList();
                for (String name : names) {
                    kinds.add(Class.forName(packageName + "." + name.replace(".class", "")));
                }
            }
        } catch (IOException | URISyntaxException | ClassNotFoundException e) {
            throw new IllegalStateException("no coordinator records", e);
        }
        return kinds;
    }
}

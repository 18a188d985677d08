package io.millrace.streams.serialization;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.serializers.TaggedFieldSerializer;
import io.millrace.streams.errors.SerializationException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Java objects through Kryo, for values. Every class is registered with an id of its own, which is
 * what the bytes name it by: an id must never be given to another class. Fields take part when they
 * carry Kryo's {@code @Tag}, so that a class may gain and lose fields.
 *
 * <p>Not for keys: equal objects need not have equal bytes (hash order of sets and maps, JVM
 * dependent collection wrappers), and partitions and stores go by the bytes.
 *
 * <p>Format: one byte format version (1), then Kryo's class id and object. Each thread uses an own
 * Kryo instance.
 */
public final class KryoSerde<T> implements Serde<T> {
    private static final byte FORMAT_VERSION = 1;

    /** Ids below are Kryo's own, for primitives and String. */
    private static final int FIRST_ID = 20;

    private static final int INITIAL_BYTES = 256;
    private static final int MAX_BYTES = 64 * 1024 * 1024;

    private final Class<T> type;
    private final ThreadLocal<Instance> instances;

    private KryoSerde(Class<T> type, Map<Integer, Class<?>> classes) {
        this.type = type;
        this.instances = ThreadLocal.withInitial(() -> new Instance(classes));
    }

    /**
     * A serde for {@code type}, whose id is 20.
     *
     * @param others ids (21 and up) of the classes that objects of this type refer to
     */
    public static <T> KryoSerde<T> of(Class<T> type, Map<Integer, Class<?>> others) {
        Map<Integer, Class<?>> classes = new TreeMap<>(others);
        classes.put(FIRST_ID, type);
        if (classes.size() != others.size() + 1) {
            throw new IllegalArgumentException(
                    "class id "
                            + FIRST_ID
                            + " belongs to "
                            + type.getName()
                            + "; number the others from "
                            + (FIRST_ID + 1));
        }
        for (int id : others.keySet()) {
            if (id < FIRST_ID) {
                throw new IllegalArgumentException(
                        "class id "
                                + id
                                + " of "
                                + others.get(id)
                                + " is reserved; number the classes from "
                                + (FIRST_ID + 1));
            }
        }
        return new KryoSerde<>(type, classes);
    }

    /** A serde for a class that refers to nothing but primitives, their boxes and String. */
    public static <T> KryoSerde<T> of(Class<T> type) {
        return of(type, Map.of());
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        if (isKey) {
            throw new IllegalArgumentException(
                    "KryoSerde for "
                            + type.getName()
                            + " cannot serialise keys: equal objects"
                            + " need not have equal bytes");
        }
    }

    @Override
    public Serializer<T> serializer() {
        return (topic, value) -> value == null ? null : instances.get().write(topic, value);
    }

    @Override
    public Deserializer<T> deserializer() {
        return (topic, bytes) ->
                bytes == null ? null : type.cast(instances.get().read(topic, bytes));
    }

    /** Kryo and its buffers; owned by one thread. */
    private static final class Instance {
        private final Kryo kryo = new Kryo();
        private final Output output = new Output(INITIAL_BYTES, MAX_BYTES);
        private final Input input = new Input();

        Instance(Map<Integer, Class<?>> classes) {
            kryo.setRegistrationRequired(true);
            TaggedFieldSerializer.TaggedFieldSerializerConfig config =
                    new TaggedFieldSerializer.TaggedFieldSerializerConfig();
            config.setChunkedEncoding(true);
            classes.forEach((id, type) -> register(id, type, config));
        }

        private void register(
                int id, Class<?> type, TaggedFieldSerializer.TaggedFieldSerializerConfig config) {
            boolean tagged =
                    java.util.Arrays.stream(type.getDeclaredFields())
                            .anyMatch(
                                    field ->
                                            field.isAnnotationPresent(
                                                    TaggedFieldSerializer.Tag.class));
            if (tagged) {
                kryo.register(type, new TaggedFieldSerializer<>(kryo, type, config), id);
            } else {
                // Collections, enums, records and arrays bring their own serializer.
                kryo.register(type, id);
            }
        }

        byte[] write(String topic, Object value) {
            output.reset();
            try {
                output.writeByte(FORMAT_VERSION);
                kryo.writeClassAndObject(output, value);
                return output.toBytes();
            } catch (KryoException | IllegalArgumentException e) {
                throw new SerializationException(
                        topic
                                + ": Kryo cannot write "
                                + value.getClass().getName()
                                + ": "
                                + e.getMessage(),
                        e);
            }
        }

        Object read(String topic, byte[] bytes) {
            if (bytes.length == 0 || bytes[0] != FORMAT_VERSION) {
                throw new SerializationException(
                        topic
                                + ": Kryo value starts with format version "
                                + (bytes.length == 0 ? "(nothing)" : "" + bytes[0])
                                + ", this program reads "
                                + FORMAT_VERSION);
            }
            try {
                input.setBuffer(bytes, 1, bytes.length - 1);
                return kryo.readClassAndObject(input);
            } catch (KryoException | IllegalArgumentException e) {
                throw new SerializationException(
                        topic
                                + ": Kryo cannot read a value of "
                                + bytes.length
                                + " bytes: "
                                + e.getMessage(),
                        e);
            }
        }
    }
}

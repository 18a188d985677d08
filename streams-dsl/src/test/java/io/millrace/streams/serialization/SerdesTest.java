package io.millrace.streams.serialization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.serializers.TaggedFieldSerializer.Tag;
import com.fasterxml.jackson.core.type.TypeReference;
import io.millrace.streams.errors.SerializationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SerdesTest {
    record Order(String id, long cents) {}

    static class Basket {
        @Tag(1)
        String owner = "";

        @Tag(2)
        ArrayList<String> items = new ArrayList<>();

        int notTagged = 1;
    }

    static class Unknown {}

    private static <T> T roundTrip(Serde<T> serde, T value) {
        return serde.deserializer().deserialize("t", serde.serializer().serialize("t", value));
    }

    @Test
    void primitivesAreBigEndianAndReadBack() {
        assertThat(Serdes.Long().serializer().serialize("t", 258L))
                .containsExactly(0, 0, 0, 0, 0, 0, 1, 2);
        assertThat(roundTrip(Serdes.Long(), Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
        assertThat(roundTrip(Serdes.Integer(), -5)).isEqualTo(-5);
        assertThat(roundTrip(Serdes.Short(), (short) 300)).isEqualTo((short) 300);
        assertThat(roundTrip(Serdes.Double(), -2.5)).isEqualTo(-2.5);
        assertThat(roundTrip(Serdes.Float(), 1.5f)).isEqualTo(1.5f);
        assertThat(roundTrip(Serdes.Boolean(), true)).isTrue();
        assertThat(roundTrip(Serdes.String(), "grün")).isEqualTo("grün");
        UUID id = new UUID(1, 2);
        assertThat(roundTrip(Serdes.UUID(), id)).isEqualTo(id);
        assertThat(Serdes.String().serializer().serialize("t", null)).isNull();
    }

    @Test
    void bytesOfTheWrongLengthAreNamed() {
        assertThatThrownBy(() -> Serdes.Long().deserializer().deserialize("topic", new byte[3]))
                .isInstanceOf(SerializationException.class)
                .hasMessage("topic: a long has 8 bytes, found 3");
    }

    @Test
    void jsonMapsRecordsAndGenericsAndIgnoresWhatItDoesNotKnow() {
        assertThat(roundTrip(JsonSerde.of(Order.class), new Order("o", 5)))
                .isEqualTo(new Order("o", 5));
        JsonSerde<List<Order>> list = JsonSerde.of(new TypeReference<>() {});
        assertThat(roundTrip(list, List.of(new Order("o", 5)))).containsExactly(new Order("o", 5));
        assertThat(
                        JsonSerde.of(Order.class)
                                .deserializer()
                                .deserialize(
                                        "t", "{\"id\":\"o\",\"cents\":1,\"new\":2}".getBytes()))
                .isEqualTo(new Order("o", 1));
        assertThatThrownBy(
                        () ->
                                JsonSerde.of(Order.class)
                                        .deserializer()
                                        .deserialize("t", new byte[] {1}))
                .isInstanceOf(SerializationException.class);
    }

    @Test
    void kryoWritesRegisteredClassesBehindAFormatVersion() {
        KryoSerde<Basket> serde = KryoSerde.of(Basket.class, Map.of(21, ArrayList.class));
        Basket basket = new Basket();
        basket.owner = "me";
        basket.items.add("apple");
        byte[] bytes = serde.serializer().serialize("t", basket);
        assertThat(bytes[0]).isEqualTo((byte) 1);
        Basket read = serde.deserializer().deserialize("t", bytes);
        assertThat(read.owner).isEqualTo("me");
        assertThat(read.items).containsExactly("apple");
        bytes[0] = 9;
        assertThatThrownBy(() -> serde.deserializer().deserialize("t", bytes))
                .hasMessageContaining("format version 9");
    }

    @Test
    void kryoRefusesUnregisteredClassesReservedIdsAndKeys() {
        KryoSerde<Object> serde = KryoSerde.of(Object.class);
        assertThatThrownBy(() -> serde.serializer().serialize("t", new Unknown()))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("Unknown");
        assertThatThrownBy(() -> KryoSerde.of(Basket.class, Map.of(3, ArrayList.class)))
                .hasMessageContaining("reserved");
        assertThatThrownBy(() -> serde.configure(Map.of(), true))
                .hasMessageContaining("cannot serialise keys");
    }
}

package org.apache.kafka.connect.converters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.junit.jupiter.api.Test;

class ConvertersTest {
    @Test
    void valuesComeBackAsTheyWere() throws Exception {
        Map<Converter, Object> cases =
                Map.of(
                        new BooleanConverter(),
                        true,
                        new ShortConverter(),
                        (short) -3,
                        new IntegerConverter(),
                        7,
                        new LongConverter(),
                        1L << 40,
                        new FloatConverter(),
                        1.5f,
                        new DoubleConverter(),
                        -2.25);
        for (Map.Entry<Converter, Object> one : cases.entrySet()) {
            Converter converter = one.getKey();
            byte[] bytes = converter.fromConnectData("t", null, one.getValue());
            assertThat(converter.toConnectData("t", bytes).value()).isEqualTo(one.getValue());
            assertThat(converter.fromConnectData("t", null, null)).isNull();
            assertThat(converter.toConnectData("t", null).value()).isNull();
            assertThatThrownBy(() -> converter.fromConnectData("t", null, "text"))
                    .isInstanceOf(DataException.class);
            assertThatThrownBy(() -> converter.toConnectData("t", new byte[3]))
                    .isInstanceOf(DataException.class);
        }
    }

    @Test
    void bytesPassUntouched() {
        ByteArrayConverter converter = new ByteArrayConverter();
        byte[] bytes = {1, 2, 3};
        assertThat(converter.fromConnectData("t", null, bytes)).isSameAs(bytes);
        assertThat(converter.fromConnectData("t", null, ByteBuffer.wrap(bytes))).isEqualTo(bytes);
        assertThat(converter.toConnectData("t", bytes).value()).isSameAs(bytes);
        assertThatThrownBy(() -> converter.fromConnectData("t", null, "text"))
                .isInstanceOf(DataException.class);
    }
}

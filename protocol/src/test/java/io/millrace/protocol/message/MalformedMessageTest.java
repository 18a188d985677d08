package io.millrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MalformedMessageTest {
    private static final ApacheRelease NEWEST = ApacheRelease.newest();

    static List<OurMessage> messages() {
        return OurMessage.ofKafka();
    }

    /** A valid message of the highest version that is not tiny. */
    private static byte[] sample(OurMessage message) {
        ApacheRelease.Message theirs = NEWEST.find(message.name()).orElseThrow();
        byte[] longest = {};
        for (int seed = 0; seed < 10; seed++) {
            byte[] bytes = new RandomMessage(seed).bytesOf(theirs.schema(message.highest()));
            if (bytes.length > longest.length && bytes.length < 3000) {
                longest = bytes;
            }
        }
        return longest;
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageCutAnywhereIsMalformed(OurMessage message) {
        byte[] whole = sample(message);
        for (int length = 0; length < whole.length; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(whole, 0, length);

            assertThatExceptionOfType(MalformedMessageException.class)
                    .isThrownBy(() -> message.read(cut, message.highest()))
                    .withMessageContaining(message.name().substring(0, 3));
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageWithAnyByteChangedIsReadOrMalformedButNothingElse(OurMessage message) {
        byte[] whole = sample(message);
        for (int position = 0; position < whole.length; position++) {
            for (int value : new int[] {0x00, 0x01, 0x7f, 0x80, 0xff}) {
                byte[] changed = whole.clone();
                changed[position] = (byte) value;
                readOrRefuse(message, changed);
            }
            byte[] hugeLength = whole.clone();
            Arrays.fill(hugeLength, position, Math.min(position + 4, whole.length), (byte) 0x7f);
            readOrRefuse(message, hugeLength);
        }
    }

    private static void readOrRefuse(OurMessage message, byte[] bytes) {
        try {
            assertThat(message.read(Unpooled.wrappedBuffer(bytes), message.highest())).isNotNull();
        } catch (MalformedMessageException e) {
            assertThat(e).hasMessageContaining(" at byte ");
        }
    }

    @Test
    void aCountIsCheckedAgainstTheBytesThatAreLeft() {
        ByteBuf in = Unpooled.buffer().writeInt(1_000_000).writeZero(1000);

        assertThatThrownBy(() -> MetadataRequest.read(in, (short) 1))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage(
                        "MetadataRequest.topics at byte 0: 1000000 elements of at least 2 bytes do"
                                + " not fit the 1000 bytes left");
    }

    @Test
    void moreThanAMillionElementsAreRefusedEvenIfTheyFit() {
        ByteBuf in = Unpooled.buffer().writeInt(1_000_001).writeZero(4_000_000);

        assertThatThrownBy(() -> MetadataRequest.read(in, (short) 1))
                .hasMessageContaining("1000001 elements are more than 1000000");
    }

    @Test
    void aNegativeCountOtherThanNullIsRefused() {
        ByteBuf in = Unpooled.buffer().writeInt(-2).writeZero(10);

        assertThatThrownBy(() -> MetadataRequest.read(in, (short) 1))
                .hasMessageContaining("MetadataRequest.topics at byte 0: -2 elements");
    }

    @Test
    void nullWhereTheVersionHasNoNullIsRefused() {
        ByteBuf in = Unpooled.buffer().writeInt(-1);

        assertThatThrownBy(() -> MetadataRequest.read(in, (short) 0))
                .hasMessageContaining(
                        "MetadataRequest.topics at byte 4: is null, which this version does not"
                                + " allow");
    }

    @Test
    void aVarintThatNeverEndsIsRefused() {
        ByteBuf in = Unpooled.wrappedBuffer(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1});

        assertThatThrownBy(() -> MetadataRequest.read(in, (short) 9))
                .hasMessageContaining("varint does not fit 32 bits");
    }

    @Test
    void tagsThatDoNotAscendAreRefused() {
        ByteBuf tags = Unpooled.wrappedBuffer(new byte[] {2, 5, 0, 5, 0});

        assertThatThrownBy(() -> WireReader.skipTags(tags, "Example"))
                .hasMessageContaining("tag 5 follows tag 5, tags must ascend");
    }

    @Test
    void aTagThatIsLongerThanItsContentIsRefused() {
        // FetchRequest 12: cluster id (tag 0) says 9 bytes, its string takes 3.
        MessageSink sink = MessageSink.onHeap();
        new FetchRequest().write(sink, (short) 12);
        ByteBuf message = sink.toBuffer();
        message.writerIndex(message.writerIndex() - 1);
        message.writeBytes(new byte[] {1, 0, 9, 3, 'a', 'b', 0, 0, 0, 0, 0, 0});

        assertThatThrownBy(() -> FetchRequest.read(message, (short) 12))
                .hasMessageContaining("FetchRequest tag 0")
                .hasMessageContaining("content should have ended");
    }

    @Test
    void unknownTagsAreSkipped() {
        MessageSink sink = MessageSink.onHeap();
        new HeartbeatRequest().groupId("g").write(sink, (short) 4);
        ByteBuf message = sink.toBuffer();
        message.writerIndex(message.writerIndex() - 1);
        message.writeBytes(new byte[] {2, 7, 1, 'x', 9, 0});

        assertThat(HeartbeatRequest.read(message, (short) 4).groupId()).isEqualTo("g");
        assertThat(message.isReadable()).isFalse();
    }
}

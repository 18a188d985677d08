package io.millrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.net.Frames;
import io.millrace.protocol.record.BufferRecords;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageSinkTest {

    @Test
    void aRequestFrameHasTheBytesThatEveryKafkaClientSends() {
        MessageSink frame =
                Frames.request(
                        ByteBufAllocator.DEFAULT, new ApiVersionsRequest(), (short) 0, 1, "test");

        // length, key 18, version 0, correlation id 1, client id
        assertThat(hex(frame))
                .isEqualTo("0000000e" + "0012" + "0000" + "00000001" + "000474657374");
    }

    @Test
    void aFlexibleRequestFrameHasAnOldStyleClientIdAndCompactStrings() {
        MessageSink frame =
                Frames.request(
                        ByteBufAllocator.DEFAULT,
                        new ApiVersionsRequest()
                                .clientSoftwareName("lib")
                                .clientSoftwareVersion("1"),
                        (short) 3,
                        7,
                        null);

        assertThat(hex(frame))
                .isEqualTo(
                        "00000012"
                                + "0012"
                                + "0003"
                                + "00000007"
                                + "ffff"
                                + "00" // header
                                + "046c6962"
                                + "0231"
                                + "00");
    }

    @Test
    void anApiVersionsResponseNeverHasAFlexibleHeader() {
        MessageSink frame =
                Frames.response(ByteBufAllocator.DEFAULT, new ApiVersionsResponse(), (short) 3, 7);

        assertThat(hex(frame))
                .isEqualTo("0000000c" + "00000007" + "0000" + "01" + "00000000" + "00");
    }

    private static String hex(MessageSink sink) {
        ByteBuf buffer = sink.toBuffer();
        String hex = ByteBufUtil.hexDump(buffer);
        buffer.release();
        return hex;
    }

    @Test
    void recordsAreHandedOverByReferenceBetweenTheBytesAroundThem() {
        ByteBuf batch = Unpooled.directBuffer().writeZero(100);
        FetchResponse response =
                new FetchResponse()
                        .responses(
                                List.of(
                                        new FetchResponse.FetchableTopicResponse()
                                                .topic("t")
                                                .partitions(
                                                        List.of(
                                                                partition(batch),
                                                                partition(batch)))));
        MessageSink sink = MessageSink.pooled(ByteBufAllocator.DEFAULT);
        response.write(sink, (short) 4);
        List<ReferenceCounted> parts = new ArrayList<>();

        sink.handOver(parts::add);

        // bytes, batch, bytes, batch: nothing follows the last batch in version 4
        assertThat(parts).hasSize(4);
        assertThat(((ByteBuf) parts.get(1)).memoryAddress()).isEqualTo(batch.memoryAddress());
        parts.forEach(ReferenceCountUtil::release);
        assertThat(batch.refCnt()).isEqualTo(1);
        batch.release();
    }

    private static FetchResponse.PartitionData partition(ByteBuf batch) {
        return new FetchResponse.PartitionData().records(new BufferRecords(batch));
    }

    @Test
    void aSinkThatIsDroppedReleasesWhatItHolds() {
        ByteBuf batch = Unpooled.directBuffer().writeZero(100);
        MessageSink sink = MessageSink.pooled(ByteBufAllocator.DEFAULT);
        sink.writeNullableRecords(new BufferRecords(batch), true);
        assertThat(sink.size()).isEqualTo(101);

        sink.release();

        assertThat(batch.refCnt()).isEqualTo(1);
        batch.release();
    }

    @Test
    void recordsOfAReadMessageAreViewsOnTheFrame() {
        MessageSink sink = MessageSink.onHeap();
        ByteBuf batch = Unpooled.copiedBuffer(new byte[] {1, 2, 3});
        new FetchResponse()
                .responses(
                        List.of(
                                new FetchResponse.FetchableTopicResponse()
                                        .partitions(List.of(partition(batch)))))
                .write(sink, (short) 17);
        ByteBuf frame = sink.toBuffer().copy();

        BufferRecords records =
                (BufferRecords)
                        FetchResponse.read(frame, (short) 17)
                                .responses()
                                .get(0)
                                .partitions()
                                .get(0)
                                .records();

        assertThat(frame.refCnt()).isEqualTo(1);
        assertThat(records.buffer().array()).isSameAs(frame.array());
        assertThat(ByteBufUtil.getBytes(records.buffer())).containsExactly(1, 2, 3);
    }

    @Test
    void aValueThatTheVersionCannotCarryIsNotDropped() {
        CreateTopicsRequest request = new CreateTopicsRequest().validateOnly(true);

        assertThatThrownBy(() -> request.write(MessageSink.onHeap(), (short) 0))
                .isInstanceOf(UnsupportedVersionException.class)
                .hasMessage(
                        "CreateTopicsRequest.validateOnly is set, but version 0 cannot carry it"
                                + " (versions 1+ can): leave it at its default or use another"
                                + " version");
    }

    @Test
    void anAnswerLeavesOutWhatItsReaderIsTooOldToKnow() {
        MessageSink sink = MessageSink.onHeap();
        ListOffsetsResponse response = new ListOffsetsResponse();
        response.topics().add(new ListOffsetsResponse.ListOffsetsTopicResponse().name("orders"));
        response.topics()
                .get(0)
                .partitions()
                .add(new ListOffsetsResponse.ListOffsetsPartitionResponse().leaderEpoch(3));

        response.write(sink, (short) 2);

        ListOffsetsResponse read = ListOffsetsResponse.read(sink.toBuffer(), (short) 2);
        assertThat(read.topics().get(0).partitions().get(0).leaderEpoch()).isEqualTo(-1);
    }

    @Test
    void anIgnorableValueIsDroppedWhereTheVersionCannotCarryIt() {
        MessageSink sink = MessageSink.onHeap();
        new FetchRequest().maxBytes(77).rackId("a").write(sink, (short) 0);

        FetchRequest read = FetchRequest.read(sink.toBuffer(), (short) 0);

        assertThat(read.maxBytes()).isEqualTo(Integer.MAX_VALUE);
        assertThat(read.rackId()).isEmpty();
    }

    @Test
    void aResponseFieldThatOnlyDroppedVersionsHaveMayBeSetForAll() {
        DescribeConfigsResponse.DescribeConfigsResourceResult entry =
                new DescribeConfigsResponse.DescribeConfigsResourceResult()
                        .name("k")
                        .isDefault(true)
                        .configSource((byte) 5);
        MessageSink sink = MessageSink.onHeap();

        new DescribeConfigsResponse()
                .results(
                        List.of(
                                new DescribeConfigsResponse.DescribeConfigsResult()
                                        .configs(List.of(entry))))
                .write(sink, (short) 4);

        assertThat(
                        DescribeConfigsResponse.read(sink.toBuffer(), (short) 4)
                                .results()
                                .get(0)
                                .configs()
                                .get(0)
                                .configSource())
                .isEqualTo((byte) 5);
    }

    @Test
    void nullWhereTheVersionHasNoNullIsNotWritten() {
        MetadataRequest all = new MetadataRequest().topics(null);

        assertThatThrownBy(() -> all.write(MessageSink.onHeap(), (short) 0))
                .hasMessage("MetadataRequest.topics is null, which version 0 cannot express");
    }

    @Test
    void aVersionThatNobodyKnowsIsRefused() {
        assertThatThrownBy(() -> new HeartbeatRequest().write(MessageSink.onHeap(), (short) 5))
                .hasMessage(
                        "HeartbeatRequest version 5 is not between 0 and 4, the versions known"
                                + " here");
    }

    @Test
    void aStringLongerThanTheProtocolCarriesIsRefused() {
        String tooLong = "x".repeat(Short.MAX_VALUE + 1);

        assertThatThrownBy(() -> MessageSink.onHeap().writeString(tooLong, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("string of 32768 bytes is longer than the 32767");
    }
}

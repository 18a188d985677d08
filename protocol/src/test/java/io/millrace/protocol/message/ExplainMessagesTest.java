package io.millrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.ExplainResponse.ExplainedEvent;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The one API that no Apache release knows: nothing to compare with but itself. */
class ExplainMessagesTest {
    private static final short VERSION = 0;

    @Test
    void whatIsWrittenIsReadAgain() {
        ExplainResponse written =
                new ExplainResponse()
                        .events(
                                List.of(
                                        new ExplainedEvent()
                                                .timestampMs(7)
                                                .metadataOffset(-1)
                                                .text("broker 2 leads")))
                        .present(List.of("log end 3"));
        MessageSink sink = MessageSink.onHeap();
        written.write(sink, VERSION);
        ByteBuf bytes = sink.toBuffer();

        ExplainResponse read = ExplainResponse.read(bytes, VERSION);

        assertThat(read.events().get(0).text()).isEqualTo("broker 2 leads");
        assertThat(read.events().get(0).metadataOffset()).isEqualTo(-1);
        assertThat(read.present()).containsExactly("log end 3");
        assertThat(bytes.isReadable()).isFalse();
    }
}

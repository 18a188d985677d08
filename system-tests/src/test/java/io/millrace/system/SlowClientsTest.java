package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.MetadataRequest;
import io.millrace.system.RawClient.Reaction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that hold connections and give next to nothing. */
@Tag("slow")
class SlowClientsTest {
    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("128m");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void thousandsOfIdleConnectionsCostOthersNothing() throws Exception {
        List<RawClient> idle = new ArrayList<>();
        try {
            Watch.during(
                    broker,
                    () -> {
                        for (int i = 0; i < 4000; i++) {
                            idle.add(new RawClient(broker.port()));
                        }
                    });
        } finally {
            idle.forEach(RawClient::close);
        }
    }

    @Test
    void framesThatComeByteByByteOverManySecondsAreAnsweredInTheEnd() throws Exception {
        byte[] frame = RawClient.frameOf(new MetadataRequest().topics(null), (short) 9);
        List<RawClient> dribblers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            dribblers.add(new RawClient(broker.port()));
        }
        Watch.during(
                broker,
                () -> {
                    for (byte one : frame) {
                        dribblers.forEach(client -> client.send(new byte[] {one}));
                        Thread.sleep(300);
                    }
                });
        for (RawClient client : dribblers) {
            assertThat(client.reaction(10_000)).isNotInstanceOf(Reaction.Silent.class);
            client.close();
        }
    }
}

package io.millrace.simulation.world.net;

import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ProduceRequest;

/** Which requests a sender repeats when it does not know what became of the first try. */
final class Repeatable {
    private Repeatable() {}

    /**
     * Not among them: commits of group offsets, which the protocol lets a late copy take back, and
     * what is asked once only.
     */
    static boolean is(ApiRequest<?> request) {
        return switch (request.apiKey()) {
            case PRODUCE -> request instanceof ProduceRequest produce && produce.acks() != 0;
            case FETCH,
                    WRITE_TXN_MARKERS,
                    END_TXN,
                    ADD_PARTITIONS_TO_TXN,
                    HEARTBEAT,
                    CONSUMER_GROUP_HEARTBEAT,
                    SYNC_GROUP ->
                    true;
            default -> false;
        };
    }
}

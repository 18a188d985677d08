package io.millrace.broker.peer;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.record.Endpoint;
import java.net.ConnectException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where one incarnation of a broker is.
 *
 * @param brokerEpoch tells incarnations apart: what was sent to one is not for the next
 */
record PeerAddress(int brokerId, long brokerEpoch, String host, int port) {

    /** On the listener; on the broker's first one if none is named or it has no such listener. */
    static Optional<PeerAddress> of(BrokerImage broker, Optional<String> listener) {
        Optional<Endpoint> named = listener.flatMap(broker::endpoint);
        Optional<Endpoint> at = named.isPresent() ? named : broker.endpoints().stream().findFirst();
        return at.map(
                endpoint ->
                        new PeerAddress(
                                broker.id(), broker.epoch(), endpoint.host(), endpoint.port()));
    }

    /** Whether a failed attempt to connect says that no process listens there. */
    static boolean isRefusal(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException
                    && String.valueOf(cause.getMessage()).contains("refused")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "broker " + brokerId + " at " + host + ":" + port;
    }
}

package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the other brokers, one for each broker and lane, opened when first used. A broker
 * that registered anew, or at another address, gets new ones. From any thread; the links belong to
 * the loop.
 */
public final class PeerConnections implements PeerRequests, AutoCloseable {
    private final EventLoop loop;
    private final Supplier<MetadataImage> metadata;
    private final Optional<String> listener;
    private final PeerChannel.Dialer dialer;
    private final Map<Key, PeerLink> links = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<PeerFailures> failures = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    private record Key(int brokerId, Lane lane) {}

    /**
     * No connection yet.
     *
     * @param listener name of the listener through which brokers talk; by default each one's first
     */
    PeerConnections(
            EventLoop loop,
            Supplier<MetadataImage> metadata,
            Optional<String> listener,
            PeerChannel.Dialer dialer) {
        this.loop = loop;
        this.metadata = metadata;
        this.listener = listener;
        this.dialer = dialer;
    }

    /** Connections over a network, TCP or another. */
    public static PeerConnections over(
            EventLoop loop,
            Supplier<MetadataImage> metadata,
            Optional<String> listener,
            PeerChannel.Dialer dialer) {
        return new PeerConnections(loop, metadata, listener, dialer);
    }

    /** Hears from now on of brokers at whose address nobody listens. */
    public void listen(PeerFailures listening) {
        failures.add(listening);
    }

    @Override
    public <R extends ApiResponse> CompletableFuture<R> send(
            int brokerId, Lane lane, ApiRequest<R> request) {
        PeerLink link = link(brokerId, lane);
        return link == null
                ? CompletableFuture.failedFuture(
                        new ApiException(
                                ErrorCode.BROKER_NOT_AVAILABLE,
                                "no address of broker " + brokerId + " is known"))
                : link.send(request, lane.timeoutMs());
    }

    /** Whether a fresh connection to the broker is refused: no process listens there. */
    public CompletableFuture<Boolean> isRefused(BrokerImage broker) {
        return PeerAddress.of(broker, listener)
                .map(at -> dialer.dial(at.host(), at.port()))
                .map(
                        dialed ->
                                dialed.handle(
                                        (channel, failure) -> {
                                            if (channel != null) {
                                                channel.close();
                                            }
                                            return PeerAddress.isRefusal(failure);
                                        }))
                .orElseGet(() -> CompletableFuture.completedFuture(false));
    }

    /**
     * Keeps a connection to every broker of the image that is not fenced, so that one whose process
     * ends is noticed at once; looks no longer after the others.
     */
    public void watch(int self, MetadataImage image) {
        for (BrokerImage broker : image.brokers().values()) {
            PeerLink link = broker.id() == self ? null : link(broker.id(), Lane.CONTROL);
            if (link != null) {
                link.keep(!broker.fenced());
            }
        }
        links.forEach(
                (key, link) -> {
                    if (image.broker(key.brokerId) == null) {
                        links.remove(key, link);
                        link.close();
                    }
                });
    }

    private @Nullable PeerLink link(int brokerId, Lane lane) {
        BrokerImage broker = metadata.get().broker(brokerId);
        PeerAddress address =
                broker == null || closed ? null : PeerAddress.of(broker, listener).orElse(null);
        if (address == null) {
            return null;
        }
        Key key = new Key(brokerId, lane);
        PeerLink known = links.get(key);
        if (known != null && known.address().equals(address)) {
            return known;
        }
        return links.compute(
                key,
                (same, present) -> {
                    // Images only go forward; a thread with an old one must not bring it back.
                    if (present != null
                            && present.address().brokerEpoch() >= address.brokerEpoch()) {
                        return present;
                    }
                    if (present != null) {
                        present.close();
                    }
                    return new PeerLink(loop, address, dialer, () -> tellRefused(address));
                });
    }

    private void tellRefused(PeerAddress address) {
        failures.forEach(each -> each.refused(address.brokerId(), address.brokerEpoch()));
    }

    /** Everything under way fails. */
    @Override
    public void close() {
        closed = true;
        links.values().forEach(PeerLink::close);
        links.clear();
    }
}

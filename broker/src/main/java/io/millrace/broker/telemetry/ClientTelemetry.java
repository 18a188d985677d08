package io.millrace.broker.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionException;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.PushTelemetryRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What clients of this broker were told to send, and sent. Each client's state is replaced as a
 * whole by its own requests; any thread may read.
 */
public final class ClientTelemetry {
    private static final UUID ZERO = new UUID(0, 0);

    /** Clients kept; then the one that was silent longest is forgotten. */
    private static final int MAX_CLIENTS = 1_000;

    /** A client that was silent for so many intervals has gone. */
    private static final int SILENT_INTERVALS = 3;

    private static final int DECOMPRESSED_FACTOR = 8;

    private final Supplier<Collection<TelemetrySubscription>> subscriptions;
    private final int maxBytes;
    private final Clock clock;
    private final RandomSource random;
    private final ConcurrentHashMap<UUID, TelemetryClient> clients = new ConcurrentHashMap<>();

    /**
     * @param subscriptions those configured now
     * @param maxBytes largest push, compressed
     */
    public ClientTelemetry(
            Supplier<Collection<TelemetrySubscription>> subscriptions,
            int maxBytes,
            Clock clock,
            RandomSource random) {
        this.subscriptions = subscriptions;
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.random = random;
    }

    /** Largest push, in bytes as they are sent. */
    public int maxBytes() {
        return maxBytes;
    }

    /** An id for a client that has none yet. */
    public UUID newInstanceId() {
        return random.nextUuid();
    }

    /**
     * Tells a client what to send.
     *
     * @throws ApiException THROTTLING_QUOTA_EXCEEDED if it asks again before its interval is over,
     *     although nothing has changed
     */
    public Subscribed subscribe(ClientAttributes client) {
        long now = clock.monotonicMs();
        forgetSilent(now);
        TelemetryClient.Assignment current = assignmentOf(client);
        TelemetryClient updated =
                clients.compute(
                        client.instanceId(),
                        (id, known) -> {
                            if (known == null) {
                                return TelemetryClient.asking(client, current, now);
                            }
                            if (known.subscription().id() == current.id()
                                    && known.mayPush()
                                    && known.tooEarly(now)) {
                                throw new ApiException(
                                        ErrorCode.THROTTLING_QUOTA_EXCEEDED,
                                        "the next request is due after the push interval");
                            }
                            return known.askedAgain(current, now);
                        });
        return new Subscribed(
                updated.subscription().id(),
                updated.subscription().metrics(),
                updated.subscription().intervalMs());
    }

    /**
     * What a client shall send.
     *
     * @param metrics prefixes of names; one {@code *} = all, none = nothing
     */
    public record Subscribed(int id, List<String> metrics, int intervalMs) {}

    /**
     * Takes over what a client sent.
     *
     * @throws ApiException with the code that the client shall see
     */
    public void push(ClientAttributes client, PushTelemetryRequest request) {
        if (request.clientInstanceId().equals(ZERO)) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, "a push needs a client instance id");
        }
        long now = clock.monotonicMs();
        TelemetryClient known = clients.get(request.clientInstanceId());
        check(client, request, known, now);
        if (request.metrics().length > maxBytes) {
            throw new ApiException(
                    ErrorCode.TELEMETRY_TOO_LARGE,
                    request.metrics().length + " bytes; telemetry.max.bytes=" + maxBytes);
        }
        List<ClientSample> samples = request.metrics().length == 0 ? List.of() : samples(request);
        clients.computeIfPresent(
                request.clientInstanceId(),
                (id, current) -> current.pushed(samples, request.terminating(), now));
    }

    private void check(
            ClientAttributes client,
            PushTelemetryRequest request,
            @Nullable TelemetryClient known,
            long now) {
        if (known == null
                || known.subscription().id() != request.subscriptionId()
                || assignmentOf(client).id() != request.subscriptionId()) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_SUBSCRIPTION_ID, "ask for the subscription again");
        }
        if (known.terminated()) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, "the client has said that it goes");
        }
        if (!request.terminating() && !known.mayPush() && known.tooEarly(now)) {
            throw new ApiException(
                    ErrorCode.THROTTLING_QUOTA_EXCEEDED,
                    "the next push is due after " + known.subscription().intervalMs() + " ms");
        }
    }

    private List<ClientSample> samples(PushTelemetryRequest request) {
        CompressionType type =
                CompressionType.byId(request.compressionType())
                        .orElseThrow(
                                () ->
                                        new ApiException(
                                                ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                                                "compression type " + request.compressionType()));
        int limit =
                new DecompressionLimit(
                                DecompressionLimit.BROKER_MAX_RATIO,
                                Math.max(DecompressionLimit.FLOOR_BYTES, maxBytes)
                                        * DECOMPRESSED_FACTOR)
                        .maxOutputBytesFor(request.metrics().length);
        ByteBuf plain = PooledByteBufAllocator.DEFAULT.buffer();
        try {
            type.codec().decompress(Unpooled.wrappedBuffer(request.metrics()), plain, limit);
            return OtlpMetrics.read(ByteBufUtil.getBytes(plain));
        } catch (DecompressionException | InvalidProtocolBufferException e) {
            throw new ApiException(
                    ErrorCode.INVALID_RECORD, "metrics cannot be read: " + e.getMessage(), e);
        } finally {
            plain.release();
        }
    }

    private TelemetryClient.Assignment assignmentOf(ClientAttributes client) {
        TreeSet<String> metrics = new TreeSet<>();
        int interval = TelemetrySubscription.DEFAULT_INTERVAL_MS;
        for (TelemetrySubscription subscription : subscriptions.get()) {
            if (subscription.selects(client)) {
                metrics.addAll(subscription.metrics());
                interval = Math.min(interval, subscription.intervalMs());
            }
        }
        List<String> wanted =
                metrics.contains(TelemetrySubscription.ALL)
                        ? List.of(TelemetrySubscription.ALL)
                        : List.copyOf(metrics);
        CRC32C checksum = new CRC32C();
        checksum.update((wanted + " " + interval).getBytes(StandardCharsets.UTF_8));
        int id = (int) checksum.getValue() ^ client.instanceId().hashCode();
        return new TelemetryClient.Assignment(id, wanted, interval);
    }

    private void forgetSilent(long now) {
        clients.values()
                .removeIf(
                        client ->
                                now - client.heardMs()
                                        > (long) SILENT_INTERVALS
                                                * client.subscription().intervalMs());
        if (clients.size() >= MAX_CLIENTS) {
            Optional<TelemetryClient> oldest =
                    clients.values().stream()
                            .min(Comparator.comparingLong(TelemetryClient::heardMs));
            oldest.ifPresent(client -> clients.remove(client.attributes().instanceId()));
        }
    }

    Collection<TelemetryClient> clients() {
        return clients.values();
    }
}

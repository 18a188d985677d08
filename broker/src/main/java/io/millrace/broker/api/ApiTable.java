package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse.ApiVersion;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every API that this broker serves, one row each. What is not in the table is not advertised.
 * Immutable.
 */
public final class ApiTable {
    private final @Nullable Row<?, ?>[] byKey;

    /** Reads a request's body; every generated message has such a method. */
    @FunctionalInterface
    public interface RequestReader<Q> {
        Q read(ByteBuf in, short version);
    }

    /** Who is shown an API, and may ask it. */
    public enum Audience {
        EVERYBODY,
        /** Clients and brokers of this project; nobody else knows the question. */
        OWN,
        BROKERS;

        boolean includes(ClientSoftware client) {
            return switch (this) {
                case EVERYBODY -> true;
                case OWN -> client.isOwn();
                case BROKERS -> client.isBroker();
            };
        }
    }

    /**
     * One API.
     *
     * @param key number and header versions
     * @param advertisedMin lowest version that ApiVersions shows; below {@code min} only where
     *     clients derive a feature from it
     * @param min lowest version answered
     * @param max highest version answered
     * @param resource what is touched
     * @param reader request body
     * @param handler who answers
     * @param audience who may ask
     */
    public record Row<Q extends ApiRequest<R>, R extends ApiResponse>(
            ApiKey key,
            short advertisedMin,
            short min,
            short max,
            Resource resource,
            RequestReader<Q> reader,
            ApiHandler<Q, R> handler,
            Audience audience) {

        public Row {
            if (advertisedMin > min || min > max) {
                throw new IllegalArgumentException(
                        key + ": versions " + advertisedMin + ", " + min + " to " + max);
            }
        }

        /** The same API, advertised from a lower version on than it is served. */
        public Row<Q, R> advertisedFrom(int version) {
            return new Row<>(key, (short) version, min, max, resource, reader, handler, audience);
        }

        /** The same API with somebody else to answer it. */
        public Row<Q, R> answeredBy(ApiHandler<Q, R> other) {
            return new Row<>(key, advertisedMin, min, max, resource, reader, other, audience);
        }

        /** The same API for brokers of this cluster only. */
        public Row<Q, R> betweenBrokers() {
            return new Row<>(
                    key, advertisedMin, min, max, resource, reader, handler, Audience.BROKERS);
        }

        /** The same API for clients that know it from us. */
        public Row<Q, R> forOwnClients() {
            return new Row<>(key, advertisedMin, min, max, resource, reader, handler, Audience.OWN);
        }

        ApiVersion shown() {
            return new ApiVersion().apiKey(key.id()).minVersion(advertisedMin).maxVersion(max);
        }

        boolean serves(short version) {
            return version >= min && version <= max;
        }
    }

    /** A row whose advertised and served versions are the same. */
    public static <Q extends ApiRequest<R>, R extends ApiResponse> Row<Q, R> row(
            ApiKey key,
            int min,
            int max,
            Resource resource,
            RequestReader<Q> reader,
            ApiHandler<Q, R> handler) {
        return new Row<>(
                key,
                (short) min,
                (short) min,
                (short) max,
                resource,
                reader,
                handler,
                Audience.EVERYBODY);
    }

    /** The given rows, and ApiVersions, which answers from them and tells the features' levels. */
    public static ApiTable of(List<Row<?, ?>> rows, MetadataView metadata) {
        List<Row<?, ?>> all = new ArrayList<>(rows);
        List<Row<?, ?>> shown = new ArrayList<>();
        Row<?, ?> versions =
                row(
                        ApiKey.API_VERSIONS,
                        0,
                        ApiKey.API_VERSIONS.maxVersion(),
                        Resource.NONE,
                        ApiVersionsRequest::read,
                        new ApiVersionsHandler(shown, metadata));
        all.add(versions);
        ApiTable table = new ApiTable(all);
        for (Row<?, ?> row : table.byKey) {
            if (row != null) {
                shown.add(row);
            }
        }
        return table;
    }

    private ApiTable(List<Row<?, ?>> rows) {
        int size = rows.stream().mapToInt(row -> row.key().id()).max().orElse(0) + 1;
        byKey = new Row<?, ?>[size];
        for (Row<?, ?> row : rows) {
            if (byKey[row.key().id()] != null) {
                throw new IllegalArgumentException(row.key() + " has two rows");
            }
            byKey[row.key().id()] = row;
        }
    }

    /** The row of an api key, or null if the API is not served. */
    @Nullable Row<?, ?> find(short apiKey) {
        return apiKey < 0 || apiKey >= byKey.length ? null : byKey[apiKey];
    }
}

package io.millrace.metadata.record;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A broker process joined. It starts fenced and is unfenced by {@link BrokerChange} once it has
 * replayed the log up to this record: it may not act on leadership older than its own registration.
 *
 * @param brokerEpoch offset of this very record; never repeats, orders incarnations
 * @param incarnation fresh for each process
 * @param directoryId identity of its log directory; survives restarts, not a wiped disk
 * @param fenced whether it may lead and serve; true in a fresh registration
 * @param inControlledShutdown whether it asked to leave; barred from joining in-sync replicas
 * @param directories its log directories that work; empty if it did not say (an old record)
 * @param features levels it can work with, by feature; empty if it did not say
 */
public record BrokerRegistration(
        int brokerId,
        long brokerEpoch,
        UUID incarnation,
        UUID directoryId,
        List<Endpoint> endpoints,
        @Nullable String rack,
        boolean fenced,
        boolean inControlledShutdown,
        List<UUID> directories,
        SortedMap<String, LevelRange> features)
        implements MetadataRecord {
    public BrokerRegistration {
        if (brokerId < 0 || brokerEpoch < 0) {
            throw new IllegalArgumentException(
                    "registration of broker " + brokerId + " with epoch " + brokerEpoch);
        }
        endpoints = List.copyOf(endpoints);
        directories = List.copyOf(directories);
        features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
    }

    /** A registration as brokers of the first release made it. */
    public BrokerRegistration(
            int brokerId,
            long brokerEpoch,
            UUID incarnation,
            UUID directoryId,
            List<Endpoint> endpoints,
            @Nullable String rack,
            boolean fenced,
            boolean inControlledShutdown) {
        this(
                brokerId,
                brokerEpoch,
                incarnation,
                directoryId,
                endpoints,
                rack,
                fenced,
                inControlledShutdown,
                List.of(),
                Collections.emptySortedMap());
    }

    @Override
    public RecordType type() {
        return RecordType.BROKER_REGISTRATION;
    }

    @Override
    public int version() {
        return directories.isEmpty() && features.isEmpty() ? 0 : 1;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(brokerId);
        out.writeLong(brokerEpoch);
        out.writeUuid(incarnation);
        out.writeUuid(directoryId);
        out.writeInt(endpoints.size());
        endpoints.forEach(endpoint -> endpoint.write(out));
        out.writeNullableString(rack);
        out.writeBoolean(fenced);
        out.writeBoolean(inControlledShutdown);
        if (version() == 0) {
            return;
        }
        out.writeUuids(directories);
        out.writeInt(features.size());
        features.forEach(
                (name, levels) -> {
                    out.writeString(name);
                    out.writeInt(levels.lowest());
                    out.writeInt(levels.highest());
                });
    }

    static BrokerRegistration readBody(RecordInput in, int version) {
        int brokerId = in.readInt();
        long brokerEpoch = in.readLong();
        UUID incarnation = in.readUuid();
        UUID directoryId = in.readUuid();
        int count = in.readCount();
        List<Endpoint> endpoints = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            endpoints.add(Endpoint.read(in));
        }
        return new BrokerRegistration(
                brokerId,
                brokerEpoch,
                incarnation,
                directoryId,
                endpoints,
                in.readNullableString(),
                in.readBoolean(),
                in.readBoolean(),
                version == 0 ? List.of() : in.readUuids(),
                version == 0 ? Collections.emptySortedMap() : readFeatures(in));
    }

    private static SortedMap<String, LevelRange> readFeatures(RecordInput in) {
        SortedMap<String, LevelRange> features = new TreeMap<>();
        int count = in.readCount();
        for (int i = 0; i < count; i++) {
            features.put(in.readString(), new LevelRange(in.readInt(), in.readInt()));
        }
        return features;
    }
}

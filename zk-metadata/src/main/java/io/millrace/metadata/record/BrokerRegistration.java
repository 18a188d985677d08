package io.millrace.metadata.record;

import java.util.ArrayList;
import java.util.List;
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
 */
public record BrokerRegistration(
        int brokerId,
        long brokerEpoch,
        UUID incarnation,
        UUID directoryId,
        List<Endpoint> endpoints,
        @Nullable String rack,
        boolean fenced,
        boolean inControlledShutdown)
        implements MetadataRecord {
    public BrokerRegistration {
        if (brokerId < 0 || brokerEpoch < 0) {
            throw new IllegalArgumentException(
                    "registration of broker " + brokerId + " with epoch " + brokerEpoch);
        }
        endpoints = List.copyOf(endpoints);
    }

    @Override
    public RecordType type() {
        return RecordType.BROKER_REGISTRATION;
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
    }

    static BrokerRegistration readBody(RecordInput in) {
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
                in.readBoolean());
    }
}

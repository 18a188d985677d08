package io.millrace.metadata.record;

/**
 * One fact of the cluster's metadata, as the controller wrote it. The closed set of everything that
 * can stand in the metadata log and in its snapshots; one file per record type. Records are
 * immutable and refuse nonsense when built, so a decoded record is as good as a fresh one.
 */
public sealed interface MetadataRecord
        permits ControllerClaim,
                BrokerRegistration,
                BrokerChange,
                UnregisterBroker,
                TopicCreated,
                RemoveTopic,
                PartitionRecord,
                PartitionChange,
                ConfigChange,
                ProducerIdBlock,
                FeatureLevel,
                QuotaChange,
                ScramChange {

    RecordType type();

    /** The lowest version of its type that can hold it. */
    default int version() {
        return 0;
    }

    /** Writes the body only; {@link RecordType#write} frames it. */
    void writeBody(RecordOutput out);
}

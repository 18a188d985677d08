package io.millrace.metadata.record;

import java.util.function.Function;

/**
 * The number, version and reader of each metadata record. Numbers and versions are on disk and in
 * ZooKeeper: never reuse one. A record is framed {@code [type][version][body bytes][body]}, all
 * numbers base-128; an unknown type or a higher version is refused, never skipped.
 */
public enum RecordType {
    CONTROLLER_CLAIM(1, 0, ControllerClaim::readBody),
    BROKER_REGISTRATION(2, 0, BrokerRegistration::readBody),
    BROKER_CHANGE(3, 0, BrokerChange::readBody),
    UNREGISTER_BROKER(4, 0, UnregisterBroker::readBody),
    TOPIC_CREATED(5, 0, TopicCreated::readBody),
    REMOVE_TOPIC(6, 0, RemoveTopic::readBody),
    PARTITION(7, 0, PartitionRecord::readBody),
    PARTITION_CHANGE(8, 0, PartitionChange::readBody),
    CONFIG_CHANGE(9, 0, ConfigChange::readBody),
    PRODUCER_ID_BLOCK(10, 0, ProducerIdBlock::readBody),
    FEATURE_LEVEL(11, 0, FeatureLevel::readBody),
    QUOTA_CHANGE(12, 0, QuotaChange::readBody),
    SCRAM_CHANGE(13, 0, ScramChange::readBody);

    private static final RecordType[] BY_ID = byId();

    private final int id;
    private final int version;
    private final Function<RecordInput, MetadataRecord> reader;

    RecordType(int id, int version, Function<RecordInput, MetadataRecord> reader) {
        this.id = id;
        this.version = version;
        this.reader = reader;
    }

    public int id() {
        return id;
    }

    /** Appends the framed record. */
    public static void write(MetadataRecord record, RecordOutput out) {
        RecordType type = record.type();
        out.writeInt(type.id);
        out.writeInt(type.version);
        RecordOutput body = new RecordOutput();
        record.writeBody(body);
        out.writeInt(body.size());
        out.writeRaw(body.array(), 0, body.size());
    }

    /**
     * Reads one framed record.
     *
     * @throws UnknownRecordException if the type or version is newer than this program
     * @throws CorruptMetadataException if the bytes are not a record
     */
    public static MetadataRecord read(RecordInput in) {
        int id = in.readInt();
        int version = in.readInt();
        if (id >= BY_ID.length || BY_ID[id] == null || version > BY_ID[id].version) {
            throw new UnknownRecordException(
                    "metadata record of type "
                            + id
                            + " version "
                            + version
                            + " is newer than this broker; upgrade it");
        }
        int length = in.readCount();
        int bodyEnd = in.position() + length;
        MetadataRecord record;
        try {
            record = BY_ID[id].reader.apply(in);
        } catch (IllegalArgumentException e) {
            throw in.corrupt(BY_ID[id] + " record refuses its content: " + e.getMessage());
        }
        if (in.position() != bodyEnd) {
            throw in.corrupt(BY_ID[id] + " record does not fill its " + length + " bytes");
        }
        return record;
    }

    private static RecordType[] byId() {
        RecordType[] types = new RecordType[values().length + 1];
        for (RecordType type : values()) {
            types[type.id] = type;
        }
        return types;
    }
}

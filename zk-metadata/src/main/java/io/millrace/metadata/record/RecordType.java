package io.millrace.metadata.record;

import java.util.function.Function;

/**
 * The number, highest version and reader of each metadata record. Numbers and versions are on disk
 * and in ZooKeeper: never reuse one. A record is framed {@code [type][version][body bytes][body]},
 * all numbers base-128; an unknown type or a higher version is refused, never skipped. A record is
 * written in the lowest version that can hold it, so that brokers of an earlier release read on
 * until something is used that they do not know.
 */
public enum RecordType {
    CONTROLLER_CLAIM(1, ControllerClaim::readBody),
    BROKER_REGISTRATION(2, 1, BrokerRegistration::readBody),
    BROKER_CHANGE(3, 1, BrokerChange::readBody),
    UNREGISTER_BROKER(4, UnregisterBroker::readBody),
    TOPIC_CREATED(5, TopicCreated::readBody),
    REMOVE_TOPIC(6, RemoveTopic::readBody),
    PARTITION(7, 1, PartitionRecord::readBody),
    PARTITION_CHANGE(8, 1, PartitionChange::readBody),
    CONFIG_CHANGE(9, ConfigChange::readBody),
    PRODUCER_ID_BLOCK(10, ProducerIdBlock::readBody),
    FEATURE_LEVEL(11, FeatureLevel::readBody),
    QUOTA_CHANGE(12, QuotaChange::readBody),
    SCRAM_CHANGE(13, ScramChange::readBody);

    private static final RecordType[] BY_ID = byId();

    /** Reads a body of any version that this program knows. */
    @FunctionalInterface
    private interface Reader {
        MetadataRecord read(RecordInput in, int version);
    }

    private final int id;
    private final int version;
    private final Reader reader;

    RecordType(int id, Function<RecordInput, MetadataRecord> reader) {
        this(id, 0, (in, version) -> reader.apply(in));
    }

    RecordType(int id, int version, Reader reader) {
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
        out.writeInt(record.version());
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
            record = BY_ID[id].reader.read(in, version);
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

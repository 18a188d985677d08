package io.millrace.protocol.error;

/**
 * Outcomes that the protocol can name, in Kafka's numbers. Which of them a client may simply try
 * again is part of the protocol, as clients are built on it.
 */
public enum ErrorCode {
    UNKNOWN_SERVER_ERROR(
            -1, false, "the server failed in a way it did not foresee; its log says how"),
    NONE(0, false, "no error"),
    OFFSET_OUT_OF_RANGE(1, false, "the offset is below the log start or above the log end"),
    CORRUPT_MESSAGE(2, true, "the record batch fails its checksum or has an impossible size"),
    UNKNOWN_TOPIC_OR_PARTITION(3, true, "this broker knows no such topic or partition"),
    INVALID_FETCH_SIZE(4, false, "the fetch asks for an impossible number of bytes"),
    LEADER_NOT_AVAILABLE(5, true, "the partition has no leader at the moment"),
    NOT_LEADER_OR_FOLLOWER(6, true, "this broker does not lead (or does not hold) the partition"),
    REQUEST_TIMED_OUT(7, true, "the request was not finished in its time; its outcome is open"),
    BROKER_NOT_AVAILABLE(8, false, "the broker is not there"),
    REPLICA_NOT_AVAILABLE(9, true, "the replica is not there for this partition"),
    MESSAGE_TOO_LARGE(10, false, "the record batch is larger than max.message.bytes"),
    STALE_CONTROLLER_EPOCH(11, false, "the controller has moved on to another broker"),
    OFFSET_METADATA_TOO_LARGE(12, false, "the metadata text of a committed offset is too long"),
    NETWORK_EXCEPTION(13, true, "the connection broke before the response came"),
    COORDINATOR_LOAD_IN_PROGRESS(14, true, "the coordinator is still loading its state"),
    COORDINATOR_NOT_AVAILABLE(15, true, "there is no coordinator for this key at the moment"),
    NOT_COORDINATOR(16, true, "another broker coordinates this key"),
    INVALID_TOPIC_EXCEPTION(17, false, "the topic's name, or what is asked of it, is not allowed"),
    RECORD_LIST_TOO_LARGE(18, false, "the batch is larger than a log segment may be"),
    NOT_ENOUGH_REPLICAS(
            19,
            true,
            "fewer replicas are in sync than min.insync.replicas asks for; nothing was written"),
    NOT_ENOUGH_REPLICAS_AFTER_APPEND(
            20, true, "written, but to fewer replicas than min.insync.replicas asks for"),
    INVALID_REQUIRED_ACKS(21, false, "acks must be -1, 0 or 1"),
    ILLEGAL_GENERATION(22, false, "the group has moved on to another generation"),
    INCONSISTENT_GROUP_PROTOCOL(
            23, false, "the member shares no assignment protocol with the group"),
    INVALID_GROUP_ID(24, false, "the group id is empty or not allowed"),
    UNKNOWN_MEMBER_ID(25, false, "the group has no such member"),
    INVALID_SESSION_TIMEOUT(
            26,
            false,
            "the session timeout is outside group.min.session.timeout.ms to"
                    + " group.max.session.timeout.ms"),
    REBALANCE_IN_PROGRESS(27, false, "the group rebalances; the member has to rejoin"),
    INVALID_COMMIT_OFFSET_SIZE(28, false, "the committed offsets are too large to be stored"),
    TOPIC_AUTHORIZATION_FAILED(29, false, "not allowed on this topic"),
    GROUP_AUTHORIZATION_FAILED(30, false, "not allowed on this group"),
    CLUSTER_AUTHORIZATION_FAILED(31, false, "not allowed on the cluster"),
    INVALID_TIMESTAMP(32, false, "a record's timestamp is too far from the broker's time"),
    UNSUPPORTED_SASL_MECHANISM(33, false, "the SASL mechanism is not enabled here"),
    ILLEGAL_SASL_STATE(34, false, "the request does not fit the state of the authentication"),
    UNSUPPORTED_VERSION(35, false, "the API is not served in this version"),
    TOPIC_ALREADY_EXISTS(36, false, "a topic of this name exists"),
    INVALID_PARTITIONS(37, false, "the number of partitions is not possible"),
    INVALID_REPLICATION_FACTOR(
            38, false, "the replication factor is below 1 or above the number of brokers"),
    INVALID_REPLICA_ASSIGNMENT(39, false, "the replica assignment is not possible"),
    INVALID_CONFIG(40, false, "a configuration key or value is not valid"),
    NOT_CONTROLLER(41, true, "another broker is the controller"),
    INVALID_REQUEST(42, false, "the request contradicts itself or the protocol"),
    UNSUPPORTED_FOR_MESSAGE_FORMAT(43, false, "the record format in the log cannot do this"),
    POLICY_VIOLATION(44, false, "a policy of this cluster forbids it"),
    OUT_OF_ORDER_SEQUENCE_NUMBER(45, false, "batches of the producer are missing before this one"),
    DUPLICATE_SEQUENCE_NUMBER(46, false, "the batch was stored before"),
    INVALID_PRODUCER_EPOCH(47, false, "the producer's epoch is older than the one known"),
    INVALID_TXN_STATE(48, false, "the transaction is in a state that does not allow this"),
    INVALID_PRODUCER_ID_MAPPING(
            49, false, "the producer id does not belong to this transactional id"),
    INVALID_TRANSACTION_TIMEOUT(
            50, false, "the transaction timeout is above transaction.max.timeout.ms"),
    CONCURRENT_TRANSACTIONS(51, true, "another operation on the transaction is still running"),
    TRANSACTION_COORDINATOR_FENCED(52, false, "a newer coordinator has taken over the transaction"),
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED(53, false, "not allowed on this transactional id"),
    SECURITY_DISABLED(54, false, "access control is switched off"),
    OPERATION_NOT_ATTEMPTED(55, false, "not tried, because another part of the request failed"),
    KAFKA_STORAGE_ERROR(56, true, "the disk that holds the partition fails"),
    LOG_DIR_NOT_FOUND(57, false, "the broker has no such log directory"),
    SASL_AUTHENTICATION_FAILED(58, false, "the credentials were refused"),
    UNKNOWN_PRODUCER_ID(59, false, "nothing is known of this producer id any more"),
    REASSIGNMENT_IN_PROGRESS(60, false, "the partition's replicas are being moved"),
    DELEGATION_TOKEN_AUTH_DISABLED(61, false, "delegation tokens are switched off"),
    DELEGATION_TOKEN_NOT_FOUND(62, false, "there is no such delegation token"),
    DELEGATION_TOKEN_OWNER_MISMATCH(63, false, "neither owner nor renewer of the delegation token"),
    DELEGATION_TOKEN_REQUEST_NOT_ALLOWED(
            64, false, "delegation tokens cannot be handled over this connection"),
    DELEGATION_TOKEN_AUTHORIZATION_FAILED(65, false, "not allowed on this delegation token"),
    DELEGATION_TOKEN_EXPIRED(66, false, "the delegation token has expired"),
    INVALID_PRINCIPAL_TYPE(67, false, "the principal's type is not supported"),
    NON_EMPTY_GROUP(68, false, "the group still has members"),
    GROUP_ID_NOT_FOUND(69, false, "there is no such group"),
    FETCH_SESSION_ID_NOT_FOUND(70, true, "there is no such fetch session"),
    INVALID_FETCH_SESSION_EPOCH(71, true, "the request is not the next one of its fetch session"),
    LISTENER_NOT_FOUND(
            72, true, "the leader has no listener of the name on which this request came"),
    TOPIC_DELETION_DISABLED(73, false, "delete.topic.enable is false"),
    FENCED_LEADER_EPOCH(74, true, "the leader epoch in the request is older than the partition's"),
    UNKNOWN_LEADER_EPOCH(
            75, true, "the leader epoch in the request is newer than this broker knows"),
    UNSUPPORTED_COMPRESSION_TYPE(76, false, "the request's version cannot carry this compression"),
    STALE_BROKER_EPOCH(77, false, "the broker has registered anew since"),
    OFFSET_NOT_AVAILABLE(
            78, true, "a new leader does not know yet up to where records are committed"),
    MEMBER_ID_REQUIRED(79, false, "the member has to join again with the id it was given"),
    PREFERRED_LEADER_NOT_AVAILABLE(80, true, "the preferred leader cannot take over"),
    GROUP_MAX_SIZE_REACHED(81, false, "the group has group.max.size members"),
    FENCED_INSTANCE_ID(82, false, "another member has taken over this group.instance.id"),
    ELIGIBLE_LEADERS_NOT_AVAILABLE(83, true, "no replica may become leader"),
    ELECTION_NOT_NEEDED(84, true, "the partition has the leader it should have"),
    NO_REASSIGNMENT_IN_PROGRESS(85, false, "no replicas are being moved"),
    GROUP_SUBSCRIBED_TO_TOPIC(86, false, "the group still consumes the topic"),
    INVALID_RECORD(87, false, "a record is not allowed as it is"),
    UNSTABLE_OFFSET_COMMIT(88, true, "a transaction has offsets of this partition pending"),
    THROTTLING_QUOTA_EXCEEDED(89, true, "the quota is used up for now"),
    PRODUCER_FENCED(90, false, "a newer producer uses the same transactional id"),
    RESOURCE_NOT_FOUND(91, false, "the request names something that does not exist"),
    DUPLICATE_RESOURCE(92, false, "the request names the same thing twice"),
    UNACCEPTABLE_CREDENTIAL(93, false, "the credential does not satisfy the rules"),
    INCONSISTENT_VOTER_SET(94, false, "sender or receiver is not among the expected voters"),
    INVALID_UPDATE_VERSION(95, false, "the version to update to is not valid"),
    FEATURE_UPDATE_FAILED(96, false, "the features could not be updated"),
    PRINCIPAL_DESERIALIZATION_FAILURE(97, false, "the forwarded principal cannot be read"),
    SNAPSHOT_NOT_FOUND(98, false, "there is no such snapshot"),
    POSITION_OUT_OF_RANGE(99, false, "the position is outside the snapshot"),
    UNKNOWN_TOPIC_ID(100, true, "this broker knows no topic with this id"),
    DUPLICATE_BROKER_REGISTRATION(101, false, "another broker is registered with this id"),
    BROKER_ID_NOT_REGISTERED(102, false, "no broker is registered with this id"),
    INCONSISTENT_TOPIC_ID(
            103,
            true,
            "the topic's id is not the one in the request; the topic may have been created anew"),
    INCONSISTENT_CLUSTER_ID(104, false, "the request is meant for another cluster"),
    TRANSACTIONAL_ID_NOT_FOUND(105, false, "there is no such transactional id"),
    FETCH_SESSION_TOPIC_ID_ERROR(106, true, "the fetch session mixes topic names and topic ids"),
    INELIGIBLE_REPLICA(107, false, "a replica of the new ISR may not be in it"),
    NEW_LEADER_ELECTED(108, false, "the change was made, and the partition has another leader now"),
    OFFSET_MOVED_TO_TIERED_STORAGE(109, false, "the offset is only in tiered storage"),
    FENCED_MEMBER_EPOCH(
            110,
            false,
            "the member's epoch is outdated; it has to give up its partitions and rejoin"),
    UNRELEASED_INSTANCE_ID(111, false, "another member still holds this group.instance.id"),
    UNSUPPORTED_ASSIGNOR(112, false, "the group does not support this assignor"),
    STALE_MEMBER_EPOCH(
            113, false, "the member's epoch is behind; a heartbeat brings the current one"),
    MISMATCHED_ENDPOINT_TYPE(114, false, "the request came to an endpoint of another type"),
    UNSUPPORTED_ENDPOINT_TYPE(115, false, "there is no endpoint of this type"),
    UNKNOWN_CONTROLLER_ID(116, false, "there is no controller with this id"),
    UNKNOWN_SUBSCRIPTION_ID(117, false, "the telemetry subscription is not the current one"),
    TELEMETRY_TOO_LARGE(118, false, "the telemetry is larger than is taken"),
    INVALID_REGISTRATION(119, false, "the broker's registration was refused"),
    TRANSACTION_ABORTABLE(120, false, "the transaction failed; abort it and go on"),
    INVALID_RECORD_STATE(121, false, "the record is not in a state to be acknowledged"),
    SHARE_SESSION_NOT_FOUND(122, true, "there is no such share session"),
    INVALID_SHARE_SESSION_EPOCH(123, true, "the request is not the next one of its share session"),
    FENCED_STATE_EPOCH(124, false, "the state epoch of the share group is outdated"),
    INVALID_VOTER_KEY(125, false, "the voter's key is another one"),
    DUPLICATE_VOTER(126, false, "the voter is in the set already"),
    VOTER_NOT_FOUND(127, false, "the voter is not in the set"),
    INVALID_REGULAR_EXPRESSION(128, false, "the regular expression cannot be used"),
    REBOOTSTRAP_REQUIRED(
            129,
            false,
            "the client's metadata is too old; it has to start again from its bootstrap servers"),
    STREAMS_INVALID_TOPOLOGY(130, false, "the topology of the streams group is not valid"),
    STREAMS_INVALID_TOPOLOGY_EPOCH(
            131, false, "the topology epoch of the streams group is not valid"),
    STREAMS_TOPOLOGY_FENCED(132, false, "the streams group has a newer topology"),
    SHARE_SESSION_LIMIT_REACHED(133, true, "there are as many share sessions as allowed");

    private static final int LOWEST = -1;

    private static final ErrorCode[] BY_CODE = new ErrorCode[values().length];

    static {
        for (ErrorCode error : values()) {
            BY_CODE[error.code - LOWEST] = error;
        }
    }

    private final short code;
    private final boolean retriable;
    private final String message;

    ErrorCode(int code, boolean retriable, String message) {
        this.code = (short) code;
        this.retriable = retriable;
        this.message = message;
    }

    /** Number on the wire. */
    public short code() {
        return code;
    }

    /** Whether trying again, perhaps elsewhere, can succeed. */
    public boolean retriable() {
        return retriable;
    }

    /** One sentence without a full stop. */
    public String message() {
        return message;
    }

    public boolean isError() {
        return this != NONE;
    }

    /** The error with this number; {@link #UNKNOWN_SERVER_ERROR} for numbers newer than we are. */
    public static ErrorCode forCode(int code) {
        int index = code - LOWEST;
        return index >= 0 && index < BY_CODE.length ? BY_CODE[index] : UNKNOWN_SERVER_ERROR;
    }
}

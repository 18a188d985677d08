package io.millrace.broker.group.consumer;

/** Where a member stands on its way to its target assignment; {@code code} as in its record. */
public enum MemberState {
    /** It has what it is to have. */
    STABLE(0),
    /** It was told to give up partitions and has not confirmed that it did. */
    UNREVOKED_PARTITIONS(1),
    /** Some of what it is to have is still another member's. */
    UNRELEASED_PARTITIONS(2),
    /** Written by a newer broker. */
    UNKNOWN(127);

    private final byte code;

    MemberState(int code) {
        this.code = (byte) code;
    }

    public byte code() {
        return code;
    }

    public static MemberState of(byte code) {
        for (MemberState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        return UNKNOWN;
    }
}

package io.millrace.zk.election;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * One broker process as it shows itself in ephemeral znodes. Layout: int node id, UUID incarnation,
 * UUID directory, big-endian.
 *
 * @param incarnation fresh for each process
 * @param directoryId identity of the log directory. Its lock allows one process at a time, so
 *     another incarnation with the same directory is dead, and its znodes may be removed
 */
public record Candidate(int nodeId, UUID incarnation, UUID directoryId) {
    private static final int BYTES = Integer.BYTES + 4 * Long.BYTES;

    public byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putInt(nodeId)
                .putLong(incarnation.getMostSignificantBits())
                .putLong(incarnation.getLeastSignificantBits())
                .putLong(directoryId.getMostSignificantBits())
                .putLong(directoryId.getLeastSignificantBits())
                .array();
    }

    public static Candidate decode(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalStateException(
                    "broker znode has " + bytes.length + " bytes, wanted " + BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new Candidate(
                in.getInt(),
                new UUID(in.getLong(), in.getLong()),
                new UUID(in.getLong(), in.getLong()));
    }

    boolean isGhostOf(Candidate living) {
        return nodeId == living.nodeId
                && directoryId.equals(living.directoryId)
                && !incarnation.equals(living.incarnation);
    }
}

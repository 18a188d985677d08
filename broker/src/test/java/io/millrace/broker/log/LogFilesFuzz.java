package io.millrace.broker.log;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One byte for the kind of file, then its content: indexes, checkpoints, producer snapshots,
 * partition metadata. A damaged one counts as missing; no content makes its reader fail.
 */
public final class LogFilesFuzz {
    private static final int KINDS = 6;
    private static final int CRC_END = 6;

    private LogFilesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length < 1) {
            return;
        }
        byte[] content = Arrays.copyOfRange(input, 1, input.length);
        Path any = Path.of("any");
        switch ((input[0] & 0xff) % KINDS) {
            case 0 -> OffsetIndex.parse(content, 1 << 20);
            case 1 -> TimeIndex.parse(content);
            case 2 -> LeaderEpochs.read(holding(content), any).endOf(1, 100);
            case 3 -> OffsetCheckpoint.read(holding(content), OffsetCheckpoint.RECOVERY_POINT);
            case 4 -> ProducerSnapshotFile.read(holding(withCrc(content)), any);
            default -> PartitionMetadataFile.read(holding(content), any);
        }
    }

    /** A producer snapshot whose checksum is right, so that its entries are looked at. */
    private static byte[] withCrc(byte[] content) {
        if (content.length < CRC_END) {
            return content;
        }
        CRC32C crc = new CRC32C();
        crc.update(content, CRC_END, content.length - CRC_END);
        ByteBuffer.wrap(content).putInt(2, (int) crc.getValue());
        return content;
    }

    private static LogDir holding(byte[] content) {
        return (LogDir)
                Proxy.newProxyInstance(
                        LogDir.class.getClassLoader(),
                        new Class<?>[] {LogDir.class},
                        (proxy, method, arguments) ->
                                switch (method.getName()) {
                                    case "readWhole" -> content;
                                    case "root" -> Path.of("root");
                                    default ->
                                            throw new UnsupportedOperationException(
                                                    method.getName());
                                });
    }

    public static List<byte[]> seeds() {
        ByteBuffer snapshot = ByteBuffer.allocate(1 + 10 + 46).put((byte) 4).putShort((short) 1);
        snapshot.putInt(0).putInt(1).putLong(7).putShort((short) 1).putInt(5).putLong(9).putInt(2);
        return List.of(
                new byte[] {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9},
                new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
                text(2, "0\n2\n0 0\n1 10\n"),
                text(3, "0\n1\norders 0 42\n"),
                snapshot.array(),
                text(5, "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ"));
    }

    private static byte[] text(int kind, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + bytes.length).put((byte) kind).put(bytes).array();
    }
}

package io.millrace.broker.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFileTableTest {
    private static final int FILES = 20;

    @TempDir Path root;

    @Test
    void readersOnManyThreadsGetTheirBytesWhileFilesAreClosedUnderThem() throws Exception {
        OpenFileTable table = new OpenFileTable(3);
        DiskLogDir dir = new DiskLogDir(root);
        List<SegmentFile> files = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            Path path = root.resolve("file-" + i);
            Files.write(path, new byte[] {(byte) i, 1, 2, 3});
            files.add(new SegmentFile(dir, table, path, false));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                all.add(threads.submit(() -> readAtRandom(files)));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(table.openFiles()).isBetween(0, 4);
        files.forEach(SegmentFile::close);
        assertThat(table.openFiles()).isZero();
    }

    private static Void readAtRandom(List<SegmentFile> files) throws Exception {
        for (int i = 0; i < 3000; i++) {
            int index = ThreadLocalRandom.current().nextInt(FILES);
            ByteBuf bytes =
                    new FileRecords(files.get(index), 0, 4).read(UnpooledByteBufAllocator.DEFAULT);
            assertThat(bytes.getByte(0)).isEqualTo((byte) index);
            bytes.release();
            if (i % 10 == 0) {
                files.get(index).close();
            }
        }
        return null;
    }

    @Test
    void aTransferInFlightSurvivesClosingAndDeleting() throws Exception {
        OpenFileTable table = new OpenFileTable(1);
        DiskLogDir dir = new DiskLogDir(root);
        Path path = root.resolve("segment");
        Files.write(path, "0123456789".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        SegmentFile file = new SegmentFile(dir, table, path, false);
        FileRecords records = new FileRecords(file, 2, 5);
        FileRegion region = (FileRegion) records.outbound();
        file.close();
        Files.delete(path);

        ByteArrayOutputStream socket = new ByteArrayOutputStream();
        assertThat(region.transferTo(Channels.newChannel(socket), 0)).isEqualTo(5);
        assertThat(socket).hasToString("23456");
        assertThat(region.release()).isTrue();
        assertThatThrownBy(() -> records.read(UnpooledByteBufAllocator.DEFAULT))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(path).doesNotExist();
    }
}

package io.millrace.streams.storage;

import io.millrace.streams.errors.StreamsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The state on disk of one process: one RocksDB with one block cache for all stores of all tasks.
 * Safe from any thread.
 *
 * <p>Keys: 4 bytes slice number, then the store's key. Slice 0 is the catalog: {@code
 * n/<task>/<store>} to the slice number, {@code p/<task>/<store>} to the slice's position (see
 * {@code DiskSlice.Position}, big-endian). A position is written in the same batch as the rows it
 * stands for. The log of RocksDB is on but not synced: a killed process loses nothing, a power
 * failure the end, together with its positions.
 */
public final class RocksStateDirectory implements AutoCloseable {
    private static final int CATALOG = 0;
    private static final long WRITE_BUFFER_BYTES = 32L << 20;
    private static final int BLOOM_BITS = 10;

    static {
        RocksDB.loadLibrary();
    }

    private final Path directory;
    private final LRUCache cache;
    private final BloomFilter bloom;
    private final Options options;
    private final WriteOptions writeOptions = new WriteOptions();
    private final RocksDB db;
    private final Map<String, DiskSlice> open = new ConcurrentHashMap<>();

    private RocksStateDirectory(Path directory, long cacheBytes) throws RocksDBException {
        this.directory = directory;
        this.cache = new LRUCache(cacheBytes);
        this.bloom = new BloomFilter(BLOOM_BITS);
        this.options =
                new Options()
                        .setCreateIfMissing(true)
                        .setWriteBufferSize(WRITE_BUFFER_BYTES)
                        .setMaxTotalWalSize(2 * WRITE_BUFFER_BYTES)
                        .setKeepLogFileNum(2)
                        .setMaxOpenFiles(256)
                        .setTableFormatConfig(
                                new BlockBasedTableConfig()
                                        .setBlockCache(cache)
                                        .setFilterPolicy(bloom)
                                        .setCacheIndexAndFilterBlocks(true));
        this.db = RocksDB.open(options, directory.toString());
    }

    /**
     * Opens or creates the state of an instance.
     *
     * @param cacheBytes memory for blocks, filters and indexes of all stores
     */
    public static RocksStateDirectory open(Path directory, long cacheBytes) {
        try {
            Files.createDirectories(directory);
            return new RocksStateDirectory(directory, cacheBytes);
        } catch (IOException e) {
            throw new StreamsException("cannot create state directory " + directory, e);
        } catch (RocksDBException e) {
            throw new StreamsException(
                    "cannot open state directory "
                            + directory
                            + ": "
                            + e.getMessage()
                            + "; if another instance of this application runs here, give each its"
                            + " own state.dir",
                    e);
        }
    }

    /** The slice of one store of one task. */
    public DiskSlice slice(String task, String store) {
        return open.computeIfAbsent(
                task + "/" + store, name -> new Slot(numberOf(name), "p/" + name));
    }

    @Override
    public void close() {
        db.close();
        options.close();
        writeOptions.close();
        bloom.close();
        cache.close();
    }

    @Override
    public String toString() {
        return "RocksStateDirectory(" + directory + ")";
    }

    // Two threads may ask for numbers at once; the catalog is changed by one at a time.
    private final java.util.concurrent.locks.ReentrantLock catalogLock =
            new java.util.concurrent.locks.ReentrantLock();

    private int numberOf(String name) {
        catalogLock.lock();
        try {
            byte[] key = catalogKey("n/" + name);
            byte[] found = db.get(key);
            if (found != null) {
                return ByteBuffer.wrap(found).getInt();
            }
            byte[] lastKey = catalogKey("last");
            byte[] last = db.get(lastKey);
            int number = last == null ? 1 : ByteBuffer.wrap(last).getInt() + 1;
            byte[] value = ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
            try (WriteBatch batch = new WriteBatch()) {
                batch.put(key, value);
                batch.put(lastKey, value);
                db.write(writeOptions, batch);
            }
            return number;
        } catch (RocksDBException e) {
            throw failed("look up slice " + name, e);
        } finally {
            catalogLock.unlock();
        }
    }

    private static byte[] catalogKey(String name) {
        return prefixed(CATALOG, name.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] prefixed(int slice, byte[] key) {
        byte[] full = new byte[Integer.BYTES + key.length];
        ByteBuffer.wrap(full).putInt(slice).put(key);
        return full;
    }

    private StreamsException failed(String what, RocksDBException cause) {
        return new StreamsException(
                directory + ": cannot " + what + ": " + cause.getMessage(), cause);
    }

    /** One store's part. */
    private final class Slot implements DiskSlice {
        private final int number;
        private final byte[] positionKey;

        Slot(int number, String positionName) {
            this.number = number;
            this.positionKey = catalogKey(positionName);
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            try {
                return db.get(prefixed(number, key));
            } catch (RocksDBException e) {
                throw failed("read", e);
            }
        }

        @Override
        public RowCursor scan(byte @Nullable [] from, byte @Nullable [] to, boolean forward) {
            byte[] lower = prefixed(number, from == null ? new byte[0] : from);
            byte[] upper = to == null ? prefixed(number + 1, new byte[0]) : prefixed(number, to);
            return new Cursor(lower, upper, forward);
        }

        @Override
        public @Nullable Position position() {
            try {
                byte[] found = db.get(positionKey);
                if (found == null) {
                    return null;
                }
                ByteBuffer in = ByteBuffer.wrap(found);
                return new Position(in.getLong(), in.getLong(), in.getLong(), in.getInt());
            } catch (RocksDBException e) {
                throw failed("read a position", e);
            }
        }

        @Override
        public void write(Batch rows) {
            try (WriteBatch batch = new WriteBatch()) {
                for (Range range : rows.dropped()) {
                    batch.deleteRange(prefixed(number, range.from()), prefixed(number, range.to()));
                }
                for (Change change : rows.changes()) {
                    byte[] key = prefixed(number, change.key());
                    byte[] value = change.value();
                    if (value == null) {
                        batch.delete(key);
                    } else {
                        batch.put(key, value);
                    }
                }
                Position position = rows.position();
                batch.put(
                        positionKey,
                        ByteBuffer.allocate(3 * Long.BYTES + Integer.BYTES)
                                .putLong(position.changelogOffset())
                                .putLong(position.streamTimeMs())
                                .putLong(position.savedAtMs())
                                .putInt(position.nextSequence())
                                .array());
                db.write(writeOptions, batch);
            } catch (RocksDBException e) {
                throw failed("write " + rows.changes().size() + " rows", e);
            }
        }

        @Override
        public void wipe() {
            try (WriteBatch batch = new WriteBatch()) {
                batch.deleteRange(prefixed(number, new byte[0]), prefixed(number + 1, new byte[0]));
                batch.delete(positionKey);
                db.write(writeOptions, batch);
            } catch (RocksDBException e) {
                throw failed("wipe a store", e);
            }
        }

        @Override
        public boolean durable() {
            return true;
        }
    }

    /** A bounded iterator over one slice; keys come without the slice number. */
    private final class Cursor implements RowCursor {
        private final Slice lower;
        private final Slice upper;
        private final ReadOptions readOptions;
        private final RocksIterator iterator;
        private final boolean forward;
        private boolean started;

        Cursor(byte[] from, byte[] to, boolean forward) {
            this.lower = new Slice(from);
            this.upper = new Slice(to);
            this.readOptions =
                    new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
            this.iterator = db.newIterator(readOptions);
            this.forward = forward;
        }

        @Override
        public boolean next() {
            if (!started) {
                started = true;
                if (forward) {
                    iterator.seekToFirst();
                } else {
                    iterator.seekToLast();
                }
            } else if (forward) {
                iterator.next();
            } else {
                iterator.prev();
            }
            if (!iterator.isValid()) {
                try {
                    iterator.status();
                } catch (RocksDBException e) {
                    throw failed("scan", e);
                }
                return false;
            }
            return true;
        }

        @Override
        public byte[] key() {
            byte[] full = iterator.key();
            return Arrays.copyOfRange(full, Integer.BYTES, full.length);
        }

        @Override
        public byte[] value() {
            return iterator.value();
        }

        @Override
        public void close() {
            iterator.close();
            readOptions.close();
            lower.close();
            upper.close();
        }
    }
}

package io.millrace.zk.log;

import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.session.Znode;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import io.millrace.zk.session.ZnodeWrite;
import io.millrace.zk.session.Znodes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's snapshots: the newest two, and the log trimmed behind the older one. Chunks are
 * written first; one commit, fenced by the epoch, then makes them current; only after that is
 * anything deleted, by computed names. Every write may be cut off anywhere and the next {@link
 * #save} cleans up. Owned by the metadata loop; one save at a time.
 */
public final class SnapshotShelf {
    private final Znodes znodes;
    private final ClusterPaths paths;

    SnapshotShelf(Znodes znodes, ClusterPaths paths) {
        this.znodes = znodes;
        this.paths = paths;
    }

    /** The current snapshot; fails with {@code NO_NODE} if there is none yet. */
    public CompletableFuture<MetadataSnapshot> load() {
        return manifest().thenCompose(this::loadChunks);
    }

    /**
     * Makes the snapshot current, then trims. Fails with {@code BAD_VERSION} if the term is over,
     * and with {@code CONNECTION_LOSS} without harm: save the next one when it is due.
     */
    public CompletableFuture<Void> save(ControllerTerm term, MetadataSnapshot snapshot) {
        return manifest()
                .handle(SnapshotShelf::valueOrNone)
                .thenCompose(
                        current ->
                                current != null && current.position.equals(snapshot.position())
                                        ? CompletableFuture.completedFuture(null)
                                        : write(term, snapshot, current));
    }

    private CompletableFuture<Void> write(
            ControllerTerm term, MetadataSnapshot snapshot, @Nullable Manifest current) {
        LogPosition position = snapshot.position();
        CompletableFuture<Void> written =
                clear(paths.snapshot(position))
                        .thenCompose(cleared -> create(paths.snapshot(position), new byte[0]));
        List<byte[]> chunks = snapshot.chunks();
        for (int i = 0; i < chunks.size(); i++) {
            int index = i;
            written =
                    written.thenCompose(
                            before ->
                                    create(
                                            paths.snapshotChunk(position, index),
                                            chunks.get(index)));
        }
        Manifest next =
                new Manifest(
                        position,
                        chunks.size(),
                        current == null ? null : current.position,
                        current == null ? 0 : current.logStart,
                        current == null ? -1 : current.version);
        return written.thenCompose(before -> publish(term, next))
                .thenCompose(published -> dropOldSnapshots(next))
                .thenCompose(dropped -> trim(term));
    }

    private CompletableFuture<Void> publish(ControllerTerm term, Manifest manifest) {
        ZnodeWrite write =
                manifest.version < 0
                        ? new ZnodeWrite.Create(paths.currentSnapshot(), manifest.encode(), false)
                        : new ZnodeWrite.Put(
                                paths.currentSnapshot(), manifest.encode(), manifest.version);
        return znodes.commit(
                List.of(new ZnodeWrite.Check(paths.controllerEpoch(), term.epoch()), write));
    }

    private CompletableFuture<Void> dropOldSnapshots(Manifest manifest) {
        Set<String> kept = new HashSet<>(List.of(paths.currentSnapshot()));
        kept.add(paths.snapshot(manifest.position));
        if (manifest.previous != null) {
            kept.add(paths.snapshot(manifest.previous));
        }
        return znodes.children(paths.snapshots())
                .thenCompose(
                        names -> {
                            CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
                            for (String name : names) {
                                String path = paths.snapshots() + "/" + name;
                                if (!kept.contains(path)) {
                                    done = done.thenCompose(before -> clear(path));
                                }
                            }
                            return done;
                        });
    }

    /** Deletes the batches that the older snapshot covers. */
    private CompletableFuture<Void> trim(ControllerTerm term) {
        return manifest()
                .thenCompose(
                        manifest -> {
                            LogPosition previous = manifest.previous;
                            if (previous == null) {
                                return CompletableFuture.completedFuture(null);
                            }
                            return walk(manifest.logStart, previous.lastOffset(), new ArrayList<>())
                                    .thenCompose(this::deleteNewestFirst)
                                    .thenCompose(
                                            done ->
                                                    publish(
                                                            term,
                                                            manifest.trimmedTo(
                                                                    previous.nextOffset())));
                        });
    }

    /** Base offsets of the batches from one offset up to the last of another. */
    private CompletableFuture<List<Long>> walk(long offset, long upTo, List<Long> found) {
        if (offset > upTo) {
            return CompletableFuture.completedFuture(found);
        }
        return znodes.get(paths.logBatch(offset))
                .handle(SnapshotShelf::valueOrNone)
                .thenCompose(
                        node -> {
                            if (node == null) {
                                // An earlier trim was cut off here: it deletes from the newest
                                // down.
                                return CompletableFuture.completedFuture(found);
                            }
                            found.add(offset);
                            long next = MetadataBatch.decode(node.bytes()).lastOffset() + 1;
                            return walk(next, upTo, found);
                        });
    }

    private CompletableFuture<Void> deleteNewestFirst(List<Long> baseOffsets) {
        CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
        for (int i = baseOffsets.size() - 1; i >= 0; i--) {
            String path = paths.logBatch(baseOffsets.get(i));
            done = done.thenCompose(before -> delete(path));
        }
        return done;
    }

    private CompletableFuture<Manifest> manifest() {
        return znodes.get(paths.currentSnapshot()).thenApply(Manifest::decode);
    }

    private CompletableFuture<MetadataSnapshot> loadChunks(Manifest manifest) {
        List<byte[]> chunks = new ArrayList<>();
        CompletableFuture<Void> loaded = CompletableFuture.completedFuture(null);
        for (int i = 0; i < manifest.chunkCount; i++) {
            String path = paths.snapshotChunk(manifest.position, i);
            loaded =
                    loaded.thenCompose(before -> znodes.get(path))
                            .thenAccept(node -> chunks.add(node.bytes()));
        }
        return loaded.thenApply(done -> new MetadataSnapshot(manifest.position, chunks));
    }

    /** Deletes a snapshot's chunks and the snapshot; nothing if it does not exist. */
    private CompletableFuture<Void> clear(String path) {
        return znodes.children(path)
                .handle((names, failure) -> names == null ? List.<String>of() : names)
                .thenCompose(
                        names -> {
                            CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
                            for (String name : names) {
                                done = done.thenCompose(before -> delete(path + "/" + name));
                            }
                            return done;
                        })
                .thenCompose(done -> delete(path));
    }

    private CompletableFuture<Void> create(String path, byte[] bytes) {
        if (bytes.length > MetadataSnapshot.MAX_CHUNK_BYTES) {
            throw new IllegalArgumentException(
                    path
                            + ": chunk of "
                            + bytes.length
                            + " bytes, the limit is "
                            + MetadataSnapshot.MAX_CHUNK_BYTES);
        }
        return znodes.commit(List.of(new ZnodeWrite.Create(path, bytes, false)));
    }

    private CompletableFuture<Void> delete(String path) {
        return znodes.commit(List.of(new ZnodeWrite.Delete(path, ZnodeWrite.ANY_VERSION)))
                .handle(
                        (done, failure) -> {
                            if (failure != null
                                    && ZnodeException.reasonOf(failure) != Reason.NO_NODE) {
                                throw new java.util.concurrent.CompletionException(
                                        failure.getCause() == null ? failure : failure.getCause());
                            }
                            return null;
                        });
    }

    private static <T> @Nullable T valueOrNone(@Nullable T value, @Nullable Throwable failure) {
        if (failure == null) {
            return value;
        }
        Reason reason = ZnodeException.reasonOf(failure);
        if (reason == Reason.NO_NODE) {
            return null;
        }
        throw new ZnodeException(reason, "snapshot");
    }

    /**
     * Content of the current-snapshot znode, base-128 numbers in text: fields separated by spaces,
     * {@code position chunks previous logStart}, a position as {@code epoch:offset:crc}, an absent
     * one as {@code -}. Text, because operators read it.
     *
     * @param previous the older snapshot that is kept
     * @param logStart base offset of the oldest batch in the log
     * @param version of the znode; -1 when it does not exist yet
     */
    private record Manifest(
            LogPosition position,
            int chunkCount,
            @Nullable LogPosition previous,
            long logStart,
            int version) {

        Manifest trimmedTo(long newLogStart) {
            return new Manifest(position, chunkCount, previous, newLogStart, version);
        }

        byte[] encode() {
            String text =
                    text(position)
                            + " "
                            + chunkCount
                            + " "
                            + (previous == null ? "-" : text(previous))
                            + " "
                            + logStart;
            return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        }

        static Manifest decode(Znode node) {
            String text = new String(node.bytes(), java.nio.charset.StandardCharsets.US_ASCII);
            String[] fields = text.split(" ", -1);
            if (fields.length != 4) {
                throw new io.millrace.metadata.record.CorruptMetadataException(
                        "snapshot manifest '" + text + "' has not four fields");
            }
            return new Manifest(
                    position(fields[0]),
                    Integer.parseInt(fields[1]),
                    fields[2].equals("-") ? null : position(fields[2]),
                    Long.parseLong(fields[3]),
                    node.version());
        }

        private static String text(LogPosition position) {
            return position.epoch()
                    + ":"
                    + position.lastOffset()
                    + ":"
                    + Integer.toHexString(position.lastCrc());
        }

        private static LogPosition position(String text) {
            String[] parts = text.split(":", -1);
            return new LogPosition(
                    Integer.parseInt(parts[0]),
                    Long.parseLong(parts[1]),
                    Integer.parseUnsignedInt(parts[2], 16));
        }
    }
}

package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.image.SnapshotFile;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.log.LogFollower;
import io.millrace.zk.log.SnapshotShelf;
import io.millrace.zk.session.ZnodeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots as the log grows: every broker one on its own disk, the controller also one in
 * the metadata store, behind which the log is trimmed. Owned by the metadata loop; the local file
 * is written by {@code disk}, since the loop must not wait for a device.
 */
final class SnapshotKeeper {
    private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotKeeper.class);

    private final LogFollower follower;
    private final SnapshotShelf shelf;
    private final SnapshotFile file;
    private final Controller controller;
    private final Executor disk;
    private final int everyRecords;
    private long lastLocal;
    private long lastShared;
    private boolean saving;

    SnapshotKeeper(
            LogFollower follower,
            SnapshotShelf shelf,
            SnapshotFile file,
            Controller controller,
            Executor disk,
            int everyRecords) {
        this.follower = follower;
        this.shelf = shelf;
        this.file = file;
        this.controller = controller;
        this.disk = disk;
        this.everyRecords = everyRecords;
        this.lastLocal = follower.image().offset();
        this.lastShared = follower.image().offset();
    }

    /** The image to start from: the local file's, else the empty one. */
    static MetadataImage load(SnapshotFile file) throws IOException {
        Optional<MetadataSnapshot> snapshot = file.read();
        return snapshot.map(MetadataSnapshot::toImage).orElse(MetadataImage.EMPTY);
    }

    void onDelta(MetadataDelta delta) {
        MetadataImage image = delta.after();
        if (image.offset() - lastLocal >= everyRecords) {
            lastLocal = image.offset();
            MetadataSnapshot snapshot = MetadataSnapshot.of(image);
            disk.execute(() -> writeLocal(snapshot));
        }
        ControllerTerm term = controller.leading();
        boolean due = image.offset() - lastShared >= everyRecords && follower.isSettled();
        if (term != null && due && !saving) {
            saving = true;
            lastShared = image.offset();
            shelf.save(term, MetadataSnapshot.of(image))
                    .whenComplete((done, failure) -> saved(image, failure));
        }
    }

    /** Writes the newest image now: the broker stops, and its next start shall be quick. */
    void writeLast() {
        if (follower.image().offset() > lastLocal) {
            lastLocal = follower.image().offset();
            writeLocal(MetadataSnapshot.of(follower.image()));
        }
    }

    private void saved(MetadataImage image, @org.jspecify.annotations.Nullable Throwable failure) {
        saving = false;
        if (failure == null) {
            LOGGER.atInfo().addKeyValue("offset", image.offset()).log("took a metadata snapshot");
            return;
        }
        // Harmless: the log is still whole, and the next one is due after as many records again.
        LOGGER.atWarn()
                .addKeyValue("offset", image.offset())
                .addKeyValue("reason", ZnodeException.reasonOf(failure))
                .log("metadata snapshot was not saved");
    }

    private void writeLocal(MetadataSnapshot snapshot) {
        try {
            file.write(snapshot);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the local metadata snapshot", e);
        }
    }
}

package io.millrace.metadata.image;

import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.CorruptMetadataException;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.MetadataRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Follows the log batch by batch and holds the image. Checks that each batch continues the one
 * before (offset, hash chain, epoch opened by a claim); a batch that does not is {@link
 * CorruptMetadataException} and the replay is stuck for good. Batches marked continued wait until
 * their run is complete and are then applied at once; a claim in between drops them. Owned by one
 * thread; the images it yields are immutable.
 */
public final class LogReplay {
    private final List<MetadataBatch> waiting = new ArrayList<>();
    private MetadataImage image;
    private LogPosition position;

    /** Continues from an image that came from a snapshot, or from {@link MetadataImage#EMPTY}. */
    public LogReplay(MetadataImage start) {
        this.image = start;
        this.position = start.position();
    }

    /** The newest image; lags {@link #position} while a run of continued batches is open. */
    public MetadataImage image() {
        return image;
    }

    /** End of the last batch accepted. */
    public LogPosition position() {
        return position;
    }

    /** Whether every accepted batch is in the image, so that a snapshot may be taken. */
    public boolean isSettled() {
        return waiting.isEmpty();
    }

    /** Takes the next batch. Empty while its run is incomplete. */
    public Optional<MetadataDelta> accept(MetadataBatch batch) {
        check(batch);
        if (batch.epoch() > position.epoch()) {
            // The controller that began the open run is gone and nobody can complete it.
            waiting.clear();
        }
        position = batch.positionAfter();
        waiting.add(batch);
        if (batch.continued()) {
            return Optional.empty();
        }
        ImageEditor editor = new ImageEditor(image);
        for (MetadataBatch part : waiting) {
            applyAll(editor, part);
        }
        waiting.clear();
        MetadataDelta delta = editor.finish(position);
        image = delta.after();
        return Optional.of(delta);
    }

    private void check(MetadataBatch batch) {
        if (batch.baseOffset() != position.nextOffset()) {
            throw broken(batch, "should begin at offset " + position.nextOffset());
        }
        if (batch.previousCrc() != position.lastCrc()) {
            throw broken(
                    batch,
                    String.format(
                            "follows a batch with CRC 0x%08x, but the one before has 0x%08x",
                            batch.previousCrc(), position.lastCrc()));
        }
        if (batch.epoch() < position.epoch()) {
            throw broken(batch, "comes after epoch " + position.epoch());
        }
        boolean opensEpoch =
                batch.records().get(0) instanceof ControllerClaim claim
                        && claim.controllerEpoch() == batch.epoch();
        if (batch.epoch() > position.epoch() && !opensEpoch) {
            throw broken(batch, "opens its epoch without a controller claim");
        }
    }

    private static void applyAll(ImageEditor editor, MetadataBatch batch) {
        long offset = batch.baseOffset();
        for (MetadataRecord record : batch.records()) {
            if (record instanceof BrokerRegistration registration
                    && registration.brokerEpoch() != offset) {
                throw broken(
                        batch,
                        "registers broker "
                                + registration.brokerId()
                                + " with epoch "
                                + registration.brokerEpoch()
                                + " at offset "
                                + offset);
            }
            editor.apply(record);
            offset++;
        }
    }

    private static CorruptMetadataException broken(MetadataBatch batch, String why) {
        return new CorruptMetadataException("metadata log: " + batch + " " + why);
    }
}

package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.config.CdcConfig.SnapshotMode;
import io.millrace.connectors.postgres.cdc.envelope.EnvelopeWriter;
import io.millrace.connectors.postgres.cdc.envelope.SourceBlock;
import io.millrace.connectors.postgres.cdc.wire.Lsn;
import io.millrace.connectors.postgres.cdc.wire.WireFormatException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that reads one database: snapshot if it is due, then the change stream, until stopped.
 * After a lost connection it waits and continues from the last record it handed over; failures that
 * waiting does not cure end it, and the task's next poll throws them. {@link #stop} and {@link
 * #acknowledged} may be called from any thread.
 */
public final class Capture {
    private static final Logger LOGGER = LoggerFactory.getLogger(Capture.class);
    private static final long STOP_WAIT_MS = 5_000;

    private final CdcConfig config;
    private final Clock clock;
    private final RecordQueue queue;
    private final RecordEmitter emitter;
    private final AckLedger ledger = new AckLedger();
    private final ReplicationSlots slots;
    private final Failures failures;
    private final PlanCompiler compiler;
    private final EnvelopeWriter writer;
    private final Heartbeats heartbeats;
    private final @Nullable String storedSystemId;
    private final CountDownLatch stopSignal = new CountDownLatch(1);
    private final Thread thread;

    private volatile @Nullable ReplicationLink link;
    private volatile @Nullable ServerCatalog openCatalog;
    private boolean snapshotDoneThisRun;
    private int failedAttempts;

    public Capture(
            CdcConfig config,
            String version,
            Map<String, String> partition,
            @Nullable Map<String, Object> storedOffset,
            Clock clock) {
        this.config = config;
        this.clock = clock;
        this.queue =
                new RecordQueue(config.limits().maxQueueRecords(), config.limits().maxQueueBytes());
        this.emitter = new RecordEmitter(queue, partition, Progress.fromOffset(storedOffset));
        this.storedSystemId = Progress.systemId(storedOffset);
        this.slots = new ReplicationSlots(config);
        this.failures = new Failures(config, slots);
        this.compiler = new PlanCompiler(config);
        this.writer =
                new EnvelopeWriter(
                        new SourceBlock(
                                version, config.topicPrefix(), config.database().database()),
                        config.output().tombstones(),
                        config.output().skippedOperations(),
                        clock);
        this.heartbeats = new Heartbeats(config, clock);
        String name = "postgres-cdc-" + config.topicPrefix();
        this.thread = new Thread(this::run, name); // gate: the task's one capture thread
        this.thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    public RecordQueue queue() {
        return queue;
    }

    /** The record with this sequence is durable or dropped for good. */
    public void acknowledged(long sequence) {
        ledger.acknowledged(sequence);
    }

    /** Ends the thread and waits for it, 5 s at most. */
    public void stop() {
        stopSignal.countDown();
        queue.close();
        try {
            thread.join(STOP_WAIT_MS / 5);
            if (thread.isAlive()) {
                cutConnections();
                thread.interrupt();
                thread.join(STOP_WAIT_MS);
            }
        } catch (SQLException e) {
            LOGGER.atWarn().setCause(e).log("could not cut a connection while stopping");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void cutConnections() throws SQLException {
        ReplicationLink currentLink = link;
        if (currentLink != null) {
            currentLink.abort();
        }
        ServerCatalog currentCatalog = openCatalog;
        if (currentCatalog != null) {
            currentCatalog.abort();
        }
    }

    private boolean stopping() {
        return stopSignal.getCount() == 0;
    }

    private void run() {
        try {
            while (!stopping()) {
                try {
                    session();
                    return;
                } catch (SQLException e) {
                    onDatabaseFailure(e);
                }
            }
        } catch (InterruptedException e) {
            LOGGER.atDebug().log("capture interrupted while stopping");
        } catch (ConnectException | WireFormatException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            LOGGER.atError().setCause(e).log("capture failed");
            fail(e);
        } finally {
            dropSlotIfAsked();
        }
    }

    private void fail(Throwable failure) {
        if (!stopping()) {
            queue.fail(
                    failure instanceof ConnectException connect
                            ? connect
                            : new ConnectException(failure.toString(), failure));
        }
    }

    private void onDatabaseFailure(SQLException failure) throws InterruptedException {
        if (stopping()) {
            return;
        }
        Optional<ConnectException> fatal = failures.fatal(failure);
        if (fatal.isPresent()) {
            throw fatal.get();
        }
        failedAttempts++;
        int max = config.retry().maxAttempts();
        if (max >= 0 && failedAttempts > max) {
            throw new ConnectException(
                    config.database()
                            + " failed "
                            + failedAttempts
                            + " times in a row (errors.max.retries="
                            + max
                            + "): "
                            + failure.getMessage(),
                    failure);
        }
        long wait =
                Math.min(
                        config.retry().maxMs(),
                        config.retry().initialMs() << Math.min(failedAttempts - 1, 10));
        LOGGER.atWarn()
                .addKeyValue("database", config.database())
                .addKeyValue("attempt", failedAttempts)
                .addKeyValue("waitMs", wait)
                .addKeyValue("cause", failure.getMessage())
                .log("lost the database, will reconnect");
        if (stopSignal.await(wait, TimeUnit.MILLISECONDS)) {
            LOGGER.atDebug().log("stopped while waiting to reconnect");
        }
    }

    /** From connecting to the loss of the connection, or to the stop. */
    private void session() throws SQLException, InterruptedException {
        try (ServerCatalog catalog = ServerCatalog.connect(config.database())) {
            openCatalog = catalog;
            identify(catalog);
            if (config.snapshotMode() == SnapshotMode.INITIAL_ONLY) {
                snapshotWithoutSlot(catalog);
                stopSignal.await();
                return;
            }
            prepare(catalog);
            if (!stopping()) {
                stream(catalog);
            }
        }
    }

    private void identify(ServerCatalog catalog) throws SQLException {
        String systemId = catalog.systemId();
        if (storedSystemId != null && !storedSystemId.equals(systemId)) {
            throw new ConnectException(
                    "the stored position belongs to database cluster "
                            + storedSystemId
                            + ", but "
                            + config.database()
                            + " is cluster "
                            + systemId
                            + ". If the database was moved on purpose, delete the connector's"
                            + " offsets and start with a new snapshot; else correct"
                            + " database.hostname");
        }
        emitter.systemId(systemId);
    }

    private void snapshotWithoutSlot(ServerCatalog catalog)
            throws SQLException, InterruptedException {
        if (emitter.progress() instanceof Progress.Streaming) {
            return; // done in an earlier run
        }
        new PublicationSetup(config).ensure(catalog);
        long lsn = Lsn.parse(catalog.text("SELECT pg_catalog.pg_current_wal_lsn()::text"));
        snapshot(catalog, null, lsn, new Progress.Streaming(new Position(lsn, 0)));
    }

    /** Makes sure that publication and slot exist and that the snapshot is out. */
    private void prepare(ServerCatalog catalog) throws SQLException, InterruptedException {
        new PublicationSetup(config).ensure(catalog);
        Optional<ServerCatalog.Slot> slot = catalog.slot(config.slot().name());
        if (slot.isEmpty()) {
            createSlot(catalog);
            return;
        }
        slots.requireUsable(slot.get());
        long slotLsn = slot.get().confirmedLsn();
        boolean streaming = emitter.progress() instanceof Progress.Streaming;
        if (!streaming && config.snapshotMode() == SnapshotMode.NO_DATA) {
            emitter.advance(new Progress.Streaming(new Position(slotLsn, 0)));
        } else if (!streaming) {
            Progress whenDone = new Progress.Streaming(new Position(slotLsn, 0));
            snapshot(catalog, null, slotLsn, whenDone);
        } else if (config.snapshotMode() == SnapshotMode.ALWAYS && !snapshotDoneThisRun) {
            snapshot(catalog, null, slotLsn, emitter.progress());
        }
        snapshotDoneThisRun = true;
    }

    private void createSlot(ServerCatalog catalog) throws SQLException, InterruptedException {
        if (emitter.progress() instanceof Progress.Streaming streaming) {
            throw slots.lost(
                    "it does not exist, but the stored position is "
                            + Lsn.format(streaming.position().commitLsn()));
        }
        // A snapshot begun with a slot that is gone knows nothing of the changes since.
        emitter.advance(new Progress.NotStarted());
        try (ReplicationSlots.Created created = slots.create()) {
            Progress whenDone = new Progress.Streaming(new Position(created.consistentPoint(), 0));
            if (config.snapshotMode() == SnapshotMode.NO_DATA) {
                emitter.advance(whenDone);
            } else {
                snapshot(catalog, created.snapshotName(), created.consistentPoint(), whenDone);
            }
        }
        snapshotDoneThisRun = true;
    }

    private void snapshot(
            ServerCatalog catalog, @Nullable String exported, long lsn, Progress whenDone)
            throws SQLException, InterruptedException {
        List<String> done =
                emitter.progress() instanceof Progress.Snapshotting before
                        ? before.done()
                        : List.of();
        new SnapshotPhase(config, catalog, compiler, writer, emitter, clock)
                .run(exported, done, lsn, whenDone);
    }

    private void stream(ServerCatalog catalog) throws SQLException, InterruptedException {
        if (!(emitter.progress() instanceof Progress.Streaming streaming)) {
            throw new IllegalStateException("streaming before the snapshot is complete");
        }
        Position from = streaming.position();
        try (ReplicationLink opened =
                ReplicationLink.open(
                        config.database(),
                        config.slot().name(),
                        config.publication().name(),
                        from.commitLsn(),
                        clock)) {
            link = opened;
            LOGGER.atInfo()
                    .addKeyValue("database", config.database())
                    .addKeyValue("slot", config.slot().name())
                    .addKeyValue("lsn", Lsn.format(from.commitLsn()))
                    .addKeyValue("index", from.index())
                    .log("streaming changes");
            failedAttempts = 0;
            StreamPhase.Pipeline pipeline =
                    new StreamPhase.Pipeline(compiler, writer, emitter, ledger, heartbeats);
            new StreamPhase(config, opened, catalog, pipeline, from, clock, this::stopping).run();
        } finally {
            link = null;
        }
    }

    private void dropSlotIfAsked() {
        if (!config.slot().dropOnStop() || !stopping()) {
            return;
        }
        try (ServerCatalog catalog = ServerCatalog.connect(config.database())) {
            slots.drop(catalog);
        } catch (SQLException e) {
            LOGGER.atWarn()
                    .setCause(e)
                    .addKeyValue("slot", config.slot().name())
                    .log("could not drop the slot, it holds log until it is dropped by hand");
        }
    }
}

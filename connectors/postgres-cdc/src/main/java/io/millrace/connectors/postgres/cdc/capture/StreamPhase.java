package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.envelope.ChangeOrigin;
import io.millrace.connectors.postgres.cdc.envelope.ChangeRecord;
import io.millrace.connectors.postgres.cdc.envelope.EnvelopeWriter;
import io.millrace.connectors.postgres.cdc.envelope.TablePlan;
import io.millrace.connectors.postgres.cdc.wire.ChangeMessage;
import io.millrace.connectors.postgres.cdc.wire.Lsn;
import io.millrace.connectors.postgres.cdc.wire.PgOutputDecoder;
import io.millrace.connectors.postgres.cdc.wire.Relation;
import io.millrace.connectors.postgres.cdc.wire.Tuple;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * Turns the frames of one {@link ReplicationLink} into records and confirms what is durable. Owned
 * by the capture thread; lives as long as the link.
 *
 * <p>What is confirmed: the end of the last transaction whose records are all acknowledged; and,
 * outside a transaction, the keepalive's position once every record before it is acknowledged. The
 * walsender sends a keepalive's position only after everything before it, so an idle database holds
 * no log. Inside a transaction keepalives count for nothing: they may be ahead of its commit.
 */
final class StreamPhase {
    /** 'w', start, end, clock; then the pgoutput message. */
    private static final int DATA_HEADER_BYTES = 25;

    private static final long IDLE_PARK_NANOS = 500_000;
    private static final long LONG_IDLE_PARK_NANOS = 2_000_000;
    private static final int LONG_IDLE_POLLS = 200;

    /** Nothing from the server for this long, although it was asked: the link is dead. */
    private static final long SILENCE_LIMIT_MS = 60_000;

    private final CdcConfig config;
    private final ReplicationLink link;
    private final ServerCatalog catalog;
    private final PlanCompiler compiler;
    private final EnvelopeWriter writer;
    private final RecordEmitter emitter;
    private final AckLedger ledger;
    private final Heartbeats heartbeats;
    private final Clock clock;
    private final BooleanSupplier stopping;

    /** Plans by relation OID; null for a table that the filters leave out. */
    private final Map<Integer, @Nullable TablePlan> plans = new HashMap<>();

    private final List<ChangeRecord> changeRecords = new ArrayList<>(3);
    private final Position resumeFrom;

    private ChangeMessage.@Nullable Begin transaction;
    private long changeIndex;
    private long changeLsn;
    private int framesSinceTimeCheck;
    private long receivedLsn;
    private long keepaliveLsn = Lsn.NONE;
    private long confirmedLsn = Lsn.NONE;
    private long endOfLastTransaction = Lsn.NONE;
    private long lastStatusMs;
    private long lastFrameMs;

    StreamPhase(
            CdcConfig config,
            ReplicationLink link,
            ServerCatalog catalog,
            Pipeline pipeline,
            Position resumeFrom,
            Clock clock,
            BooleanSupplier stopping) {
        this.config = config;
        this.link = link;
        this.catalog = catalog;
        this.compiler = pipeline.compiler();
        this.writer = pipeline.writer();
        this.emitter = pipeline.emitter();
        this.ledger = pipeline.ledger();
        this.heartbeats = pipeline.heartbeats();
        this.resumeFrom = resumeFrom;
        this.clock = clock;
        this.stopping = stopping;
        this.lastStatusMs = clock.millis();
        this.lastFrameMs = lastStatusMs;
    }

    /** What a stream shares with the snapshot before it and the streams after it. */
    record Pipeline(
            PlanCompiler compiler,
            EnvelopeWriter writer,
            RecordEmitter emitter,
            AckLedger ledger,
            Heartbeats heartbeats) {}

    /** Until the task stops; anything else is an exception. */
    void run() throws SQLException, InterruptedException {
        int idlePolls = 0;
        while (!stopping.getAsBoolean()) {
            byte[] frame = link.poll();
            if (frame == null) {
                emitter.flush(this::sendStatus);
                onIdle();
                LockSupport.parkNanos(
                        ++idlePolls < LONG_IDLE_POLLS ? IDLE_PARK_NANOS : LONG_IDLE_PARK_NANOS);
            } else {
                idlePolls = 0;
                onFrame(frame);
                // After the frame: time spent waiting for the queue is not the server's silence.
                lastFrameMs = clock.millis();
            }
        }
        emitter.flush(this::sendStatus);
        sendStatus();
    }

    private void onFrame(byte[] frame) throws SQLException, InterruptedException {
        switch (frame[0]) {
            case 'w' -> {
                changeLsn = ByteBuffer.wrap(frame, 1, Long.BYTES).getLong();
                onMessage(PgOutputDecoder.decode(frame, DATA_HEADER_BYTES), frame.length);
                if (emitter.batchIsFull()) {
                    emitter.flush(this::sendStatus);
                }
                // A steady stream must not keep the confirmations back.
                if ((++framesSinceTimeCheck & 0xff) == 0) {
                    sendStatusIfDue();
                }
            }
            case 'k' -> onKeepalive(ByteBuffer.wrap(frame, 1, frame.length - 1));
            default ->
                    throw new ConnectException(
                            "unknown replication frame '" + (char) frame[0] + "'");
        }
    }

    private void onKeepalive(ByteBuffer frame) throws SQLException {
        long walEnd = frame.getLong();
        frame.getLong(); // server clock
        boolean replyWanted = frame.get() != 0;
        if (transaction == null && Long.compareUnsigned(walEnd, keepaliveLsn) > 0) {
            keepaliveLsn = walEnd;
            received(walEnd);
            ledger.boundary(emitter.lastSequence(), max(walEnd, endOfLastTransaction));
        }
        if (replyWanted) {
            sendStatus();
        }
    }

    private void onIdle() throws SQLException, InterruptedException {
        sendStatusIfDue();
        if (transaction == null && heartbeats.due()) {
            Position last = position();
            Position reached =
                    Long.compareUnsigned(keepaliveLsn, last.commitLsn()) > 0
                            ? new Position(keepaliveLsn, 0)
                            : last;
            heartbeats.emit(emitter, reached);
            emitter.flush(this::sendStatus);
        }
    }

    private Position position() {
        return emitter.progress() instanceof Progress.Streaming streaming
                ? streaming.position()
                : resumeFrom;
    }

    private void sendStatusIfDue() throws SQLException {
        long now = clock.millis();
        if (now - lastStatusMs < config.limits().statusIntervalMs()) {
            return;
        }
        if (now - lastFrameMs > SILENCE_LIMIT_MS) {
            throw new SQLException(
                    "the server has sent nothing for " + (now - lastFrameMs) + " ms", "08006");
        }
        sendStatus();
    }

    private void sendStatus() throws SQLException {
        confirmedLsn = max(confirmedLsn, ledger.confirmable());
        link.sendStatus(max(receivedLsn, confirmedLsn), confirmedLsn, true);
        lastStatusMs = clock.millis();
    }

    private void onMessage(ChangeMessage message, int bytes) throws SQLException {
        if (message instanceof ChangeMessage.Begin begin) {
            transaction = begin;
            changeIndex = 0;
        } else if (message instanceof ChangeMessage.Commit commit) {
            transaction = null;
            endOfLastTransaction = commit.endLsn();
            received(commit.endLsn());
            ledger.boundary(emitter.lastSequence(), commit.endLsn());
        } else if (message instanceof ChangeMessage.Described described) {
            onRelation(described.relation());
        } else if (!(message instanceof ChangeMessage.Ignored)) {
            onChange(message, bytes);
        }
    }

    private void onRelation(Relation relation) throws SQLException {
        boolean captured = config.filter().accepts(relation.schema(), relation.table());
        plans.put(relation.oid(), captured ? compiler.compile(catalog, relation) : null);
    }

    private void onChange(ChangeMessage message, int bytes) {
        ChangeMessage.Begin begin = transaction;
        if (begin == null) {
            throw new ConnectException("a change outside a transaction: " + message);
        }
        // Filtered changes count too, so that the index means the same under another filter.
        Position reached = new Position(begin.commitLsn(), ++changeIndex);
        if (reached.compareTo(resumeFrom) <= 0) {
            return;
        }
        changeRecords.clear();
        write(message, origin(begin));
        if (changeRecords.isEmpty()) {
            emitter.advance(new Progress.Streaming(reached));
        } else {
            emitter.emit(
                    changeRecords, new Progress.Streaming(reached), bytes, begin.commitMicros());
        }
    }

    private void write(ChangeMessage message, ChangeOrigin origin) {
        if (message instanceof ChangeMessage.Insert insert) {
            TablePlan plan = plan(insert.relationOid());
            if (plan != null) {
                writer.created(plan, insert.after(), origin, "c", changeRecords::add);
            }
        } else if (message instanceof ChangeMessage.Update update) {
            TablePlan plan = plan(update.relationOid());
            if (plan != null) {
                Tuple oldKey = update.oldKey();
                writer.updated(
                        plan, oldKey, update.before(), update.after(), origin, changeRecords::add);
            }
        } else if (message instanceof ChangeMessage.Delete delete) {
            TablePlan plan = plan(delete.relationOid());
            if (plan != null) {
                writer.deleted(plan, delete.oldKey(), delete.before(), origin, changeRecords::add);
            }
        } else if (message instanceof ChangeMessage.Truncate truncate) {
            for (int oid : truncate.relationOids()) {
                TablePlan plan = plan(oid);
                if (plan != null) {
                    writer.truncated(plan, origin, changeRecords::add);
                }
            }
        }
    }

    private @Nullable TablePlan plan(int relationOid) {
        if (!plans.containsKey(relationOid)) {
            throw new ConnectException(
                    "a change of table " + relationOid + ", which the server has not described");
        }
        return plans.get(relationOid);
    }

    private ChangeOrigin origin(ChangeMessage.Begin begin) {
        String lsn = Long.toUnsignedString(begin.commitLsn());
        return new ChangeOrigin(
                begin.commitMicros(),
                changeLsn,
                Integer.toUnsignedLong(begin.xid()),
                "false",
                "[\"" + lsn + "\",\"" + changeIndex + "\"]");
    }

    private void received(long lsn) {
        receivedLsn = max(receivedLsn, lsn);
    }

    private static long max(long one, long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }
}

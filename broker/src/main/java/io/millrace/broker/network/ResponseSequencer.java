package io.millrace.broker.network;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Responses of one connection in the order of its requests, whatever order their handlers finish
 * in: the protocol has no other way to tell which request a response belongs to that all clients
 * rely on. Owned by the connection's loop. Its length is bounded by {@link
 * ClientConnection#MAX_PIPELINED_REQUESTS}.
 */
public final class ResponseSequencer<T> {
    private final Consumer<T> writer;
    private final LongConsumer requestDone;
    private final ArrayDeque<Slot> slots = new ArrayDeque<>();

    /**
     * @param writer takes the responses in request order
     * @param requestDone takes the request's size when its response (or silence) has had its turn
     */
    public ResponseSequencer(Consumer<T> writer, LongConsumer requestDone) {
        this.writer = writer;
        this.requestDone = requestDone;
    }

    /** Takes the next place in line for a request of so many bytes. */
    public Slot open(long requestBytes) {
        Slot slot = new Slot(requestBytes);
        slots.add(slot);
        return slot;
    }

    /** Requests whose response has not been written. */
    public int pending() {
        return slots.size();
    }

    /** The connection is gone: hands waiting responses to {@code release} and forgets the rest. */
    public void abandon(Consumer<T> release) {
        while (!slots.isEmpty()) {
            Slot slot = slots.remove();
            if (slot.done && slot.response != null) {
                release.accept(slot.response);
            }
            slot.abandoned = true;
            requestDone.accept(slot.requestBytes);
        }
    }

    private void writeReady() {
        while (!slots.isEmpty() && slots.element().done) {
            Slot slot = slots.remove();
            if (slot.response != null) {
                writer.accept(slot.response);
            }
            requestDone.accept(slot.requestBytes);
        }
    }

    /** One request's place in line. */
    public final class Slot {
        private final long requestBytes;
        private @Nullable T response;
        private boolean done;
        private boolean abandoned;

        private Slot(long requestBytes) {
            this.requestBytes = requestBytes;
        }

        /** Whether nobody waits for this response any more. */
        public boolean abandoned() {
            return abandoned;
        }

        /**
         * Gives the response, or null for a request that gets none (acks=0). Only once.
         *
         * @return false if the connection is gone; the response stays the caller's
         */
        public boolean complete(@Nullable T given) {
            if (done) {
                throw new IllegalStateException("a request was answered twice");
            }
            done = true;
            if (abandoned) {
                return false;
            }
            response = given;
            writeReady();
            return true;
        }
    }
}

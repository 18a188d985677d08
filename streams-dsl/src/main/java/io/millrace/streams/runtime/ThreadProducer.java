package io.millrace.streams.runtime;

import io.millrace.clients.producer.Producer;

/**
 * A thread's producer and what it failed to send. After a failure both are replaced: a producer
 * that gave up on a record no longer knows what its partition holds.
 */
record ThreadProducer(Producer<byte[], byte[]> producer, SendFailures failures) {

    /** Waits until all that was sent is acknowledged; throws if something was not. */
    void flush() {
        producer.flush();
        failures.check();
    }
}

package io.millrace.broker.controller;

/** Producer ids from {@code first} to before {@code end}; nobody else gets them, ever. */
public record ProducerIdRange(long first, long end) {
    public ProducerIdRange {
        if (first < 0 || end <= first) {
            throw new IllegalArgumentException("producer ids " + first + " to " + end);
        }
    }
}

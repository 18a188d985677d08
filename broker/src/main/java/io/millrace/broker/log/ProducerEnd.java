package io.millrace.broker.log;

/**
 * What a producer wrote last to one log.
 *
 * @param lastDataOffset offset of its last record, or -1 if only a transaction marker is known
 * @param epoch its epoch
 */
public record ProducerEnd(long lastDataOffset, short epoch) {}

package io.millrace.connectors.postgres.cdc.type;

/** Text bytes of one non-null value to the object its Connect schema asks for. Stateless. */
@FunctionalInterface
public interface ValueDecoder {
    Object decode(byte[] bytes, int offset, int length);
}

package org.apache.kafka.connect.converters;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.connect.data.Schema;

/** IEEE 754, eight bytes, big-endian. */
public class DoubleConverter extends FixedWidthConverter<Double> {
    public DoubleConverter() {
        super(Double.class, Schema.OPTIONAL_FLOAT64_SCHEMA, Serdes.Double());
    }
}

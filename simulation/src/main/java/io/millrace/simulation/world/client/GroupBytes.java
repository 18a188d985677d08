package io.millrace.simulation.world.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What members of a consumer group tell each other, version 0: subscription {@code [int16
 * version][string array topics][bytes userData]}, assignment {@code [int16 version][array of string
 * topic, int32 array partitions][bytes userData]}.
 */
final class GroupBytes {
    private GroupBytes() {}

    static byte[] subscription(String topic) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(2 + 4 + 2 + name.length + 4);
        out.putShort((short) 0).putInt(1).putShort((short) name.length).put(name).putInt(-1);
        return out.array();
    }

    static byte[] assignment(String topic, List<Integer> partitions) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out =
                ByteBuffer.allocate(2 + 4 + 2 + name.length + 4 + 4 * partitions.size() + 4);
        out.putShort((short) 0).putInt(1).putShort((short) name.length).put(name);
        out.putInt(partitions.size());
        partitions.forEach(out::putInt);
        out.putInt(-1);
        return out.array();
    }

    /** Partitions of the one topic; none when the member was given nothing. */
    static List<Integer> partitionsOf(byte[] assignment) {
        List<Integer> partitions = new ArrayList<>();
        if (assignment.length == 0) {
            return partitions;
        }
        ByteBuffer in = ByteBuffer.wrap(assignment);
        in.getShort();
        int topics = in.getInt();
        for (int i = 0; i < topics; i++) {
            in.position(in.position() + Short.BYTES + in.getShort(in.position()));
            int count = in.getInt();
            for (int p = 0; p < count; p++) {
                partitions.add(in.getInt());
            }
        }
        return partitions;
    }
}

package io.millrace.streams.task;

import io.millrace.streams.processor.api.Record;

/** A node of a running task. */
abstract class Node {
    private static final Node[] NONE = {};

    final String name;
    Node[] children = NONE;

    Node(String name) {
        this.name = name;
    }

    void addChild(Node child) {
        Node[] longer = java.util.Arrays.copyOf(children, children.length + 1);
        longer[children.length] = child;
        children = longer;
    }

    abstract void process(Record<?, ?> record);

    void init() {}

    void close() {}
}

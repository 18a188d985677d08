package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import java.util.Set;

/** What every decision about partitions rests on. */
public record Basis(MetadataImage image, TopicTerms topics, Set<ControlRules> rules) {

    /** With all rules in force. */
    public Basis(MetadataImage image, TopicTerms topics) {
        this(image, topics, ControlRules.all());
    }

    boolean has(ControlRules rule) {
        return rules.contains(rule);
    }
}

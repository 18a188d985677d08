package io.millrace.clients.admin;

import java.util.UUID;

/** A topic's name and identity; a topic created anew under the same name has another id. */
public record TopicListing(String name, UUID topicId, boolean internal) {}

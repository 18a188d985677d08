package io.millrace.broker.replication.fetcher;

import java.util.UUID;

/** One partition as requests name it. */
record FetchKey(UUID topicId, int partition) {}

package io.millrace.streams.runtime;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.admin.Admin;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.storage.RocksStateDirectory;
import io.millrace.streams.topology.TopologyGraph;

/**
 * What the stream threads of one running instance share.
 *
 * @param processId random id of the instance
 * @param stateDirectory disk of all its stores
 */
record Instance(
        TopologyGraph graph,
        StreamsConfig config,
        Clock clock,
        RandomSource random,
        String processId,
        RocksStateDirectory stateDirectory,
        Admin admin) {}

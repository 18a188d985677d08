package io.millrace.system.foreign;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Apache's Java client, from 2.8 to the newest. */
class KafkaClientsTest {
    private static final List<String> SHORT =
            List.of(
                    "codec.none",
                    "codec.gzip",
                    "codec.snappy",
                    "codec.lz4",
                    "codec.zstd",
                    "records.headers",
                    "records.nulls",
                    "offsets.commit",
                    "offsets.by-timestamp",
                    "group.rebalance.range",
                    "txn.commit",
                    "txn.abort",
                    "txn.offsets",
                    "admin.topics",
                    "admin.groups");

    /** What the default run has time for. */
    abstract static class Short extends ForeignClientTest {
        private final String version;

        Short(String version) {
            this.version = version;
        }

        @Override
        ForeignClient client() {
            return ForeignClient.kafkaClients(version);
        }

        @Override
        List<String> features() {
            return SHORT;
        }
    }

    /** All that the client can do. */
    abstract static class All extends ForeignClientTest {
        private final String version;

        All(String version) {
            this.version = version;
        }

        @Override
        ForeignClient client() {
            return ForeignClient.kafkaClients(version);
        }
    }

    @Nested
    class Version28 extends Short {
        Version28() {
            super("2.8.2");
        }
    }

    @Nested
    class Version39 extends Short {
        Version39() {
            super("3.9.1");
        }
    }

    @Nested
    class Version43 extends Short {
        Version43() {
            super("4.3.1");
        }
    }

    @Nested
    class Version44 extends Short {
        Version44() {
            super("4.4.0");
        }
    }

    @Nested
    @Tag("slow")
    class AllOfVersion28 extends All {
        AllOfVersion28() {
            super("2.8.2");
        }
    }

    @Nested
    @Tag("slow")
    class AllOfVersion39 extends All {
        AllOfVersion39() {
            super("3.9.1");
        }
    }

    @Nested
    @Tag("slow")
    class AllOfVersion43 extends All {
        AllOfVersion43() {
            super("4.3.1");
        }
    }

    @Nested
    @Tag("slow")
    class AllOfVersion44 extends All {
        AllOfVersion44() {
            super("4.4.0");
        }
    }
}

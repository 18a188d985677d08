package io.millrace.system.foreign;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Python's clients as Debian ships them. */
@Tag("slow")
class PythonClientsTest {

    @Nested
    class Librdkafka extends ForeignClientTest {
        @Override
        ForeignClient client() {
            Installed.fromDebian("python3", "python3-confluent-kafka", "librdkafka1");
            return ForeignClient.python("librdkafka", "librdkafka1", "librdkafka.py");
        }
    }

    @Nested
    class KafkaPython extends ForeignClientTest {
        @Override
        ForeignClient client() {
            Installed.fromDebian(
                    "python3",
                    "python3-kafka",
                    "python3-lz4",
                    "python3-snappy",
                    "python3-zstandard");
            return ForeignClient.python("kafka-python", "python3-kafka", "kafka_python.py");
        }
    }
}

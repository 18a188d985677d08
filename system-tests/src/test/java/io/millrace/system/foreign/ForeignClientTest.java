package io.millrace.system.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A client's program gives the same answers on Millrace as on Apache Kafka. */
abstract class ForeignClientTest {

    /** Installs the client where that is needed; skips the test, with a reason, where it cannot. */
    abstract ForeignClient client();

    /** What to run; none for all that the program has. */
    List<String> features() {
        return List.of();
    }

    /** What Apache Kafka 4.3.1 no longer serves to this client. */
    Set<String> refusedByApacheKafka() {
        return Set.of();
    }

    @TestFactory
    Stream<DynamicTest> sameAnswersAsOnApacheKafka() {
        ForeignClient client = client();
        ProgramRun onApache = ProgramRun.start(client, Brokers.apache().bootstrap(), features());
        ProgramRun onMillrace =
                ProgramRun.start(client, Brokers.millrace().bootstrap(), features());
        Map<String, JsonNode> apache = onApache.lines();
        Map<String, JsonNode> millrace = onMillrace.lines();
        TreeSet<String> all = new TreeSet<>(apache.keySet());
        all.addAll(millrace.keySet());
        Map<String, Verdict> verdicts = new TreeMap<>();
        all.forEach(
                feature ->
                        verdicts.put(
                                feature, Verdict.of(apache.get(feature), millrace.get(feature))));
        CompatibilityTable.ofThisBuild().record(client, verdicts);
        return all.stream()
                .map(
                        feature ->
                                DynamicTest.dynamicTest(
                                        client + ": " + feature,
                                        () ->
                                                assertThat(verdicts.get(feature))
                                                        .as(
                                                                "on Apache Kafka %s\non Millrace"
                                                                        + "    %s",
                                                                apache.get(feature),
                                                                millrace.get(feature))
                                                        .isEqualTo(
                                                                refusedByApacheKafka()
                                                                                .contains(feature)
                                                                        ? Verdict.ONLY_MILLRACE
                                                                        : Verdict.SAME)));
    }
}

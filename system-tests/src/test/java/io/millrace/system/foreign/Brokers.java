package io.millrace.system.foreign;

import io.millrace.system.BrokerUnderTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.awaitility.Awaitility;

/** One Apache Kafka and one Millrace for all tests of this package, started when first needed. */
final class Brokers {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static BrokerUnderTest apache;
    private static BrokerUnderTest millrace;

    private Brokers() {}

    /** Apache Kafka, without what an earlier client left there. */
    static BrokerUnderTest apache() {
        if (apache == null) {
            apache = BrokerUnderTest.startApache("512m");
        }
        clear(apache);
        return apache;
    }

    /** Millrace, without what an earlier client left there. */
    static BrokerUnderTest millrace() {
        if (millrace == null) {
            millrace = BrokerUnderTest.startMillrace("384m");
        }
        clear(millrace);
        return millrace;
    }

    private static boolean deleteGroups(Admin admin) throws Exception {
        List<String> groups =
                admin.listGroups().all().get().stream().map(GroupListing::groupId).toList();
        for (String group : groups) {
            try {
                admin.deleteConsumerGroups(List.of(group)).all().get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof GroupNotEmptyException)) {
                    throw e;
                }
            }
        }
        return groups.isEmpty();
    }

    private static void clear(BrokerUnderTest broker) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> deleteGroups(admin)); // members of a killed program time out first
            ListTopicsOptions withoutInternal = new ListTopicsOptions().listInternal(false);
            admin.deleteTopics(admin.listTopics(withoutInternal).names().get()).all().get();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> admin.listTopics(withoutInternal).names().get().isEmpty());
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot clear " + broker.bootstrap(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while clearing", e);
        }
    }
}

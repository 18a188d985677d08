package io.millrace.system.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Rules of the architecture that a compiler does not see. */
class ArchitectureTest {
    private static final JavaClasses MILLRACE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.millrace");

    @Test
    void onlyZkImportsZooKeeper() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.zk..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.zookeeper..")
                .check(MILLRACE);
    }

    @Test
    void onlyStreamsImportsRocksDb() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.streams..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.rocksdb..")
                .check(MILLRACE);
    }

    @Test
    void onlyTheWorkerAndConnectorsSeeApachesClasses() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.millrace.connect..",
                        "io.millrace.connectors..",
                        "io.millrace.benchmarks..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(MILLRACE);
    }

    @Test
    void nothingPointsUpward() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.base..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.protocol..",
                        "io.millrace.metadata..",
                        "io.millrace.zk..",
                        "io.millrace.broker..",
                        "io.millrace.clients..",
                        "io.millrace.streams..",
                        "io.millrace.connect..")
                .check(MILLRACE);
        noClasses()
                .that()
                .resideInAPackage("io.millrace.protocol..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.metadata..",
                        "io.millrace.zk..",
                        "io.millrace.broker..",
                        "io.millrace.clients..",
                        "io.millrace.streams..",
                        "io.millrace.connect..")
                .check(MILLRACE);
        noClasses()
                .that()
                .resideInAPackage("io.millrace.broker..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.clients..",
                        "io.millrace.streams..",
                        "io.millrace.connect..",
                        "io.millrace.cli..")
                .check(MILLRACE);
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.millrace.clients..", "io.millrace.streams..", "io.millrace.connect..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.broker..",
                        "io.millrace.zk..",
                        "io.millrace.metadata..",
                        "io.millrace.cli..")
                .check(MILLRACE);
    }

    @Test
    void namesSayARole() {
        // What a message nests is named by the published schemas.
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.millrace.protocol.message..", "io.millrace.protocol.coordinator..")
                .or()
                .areTopLevelClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Info)")
                .check(MILLRACE);
    }

    @Test
    void nobodySynchronizes() {
        noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED).check(MILLRACE);
    }
}

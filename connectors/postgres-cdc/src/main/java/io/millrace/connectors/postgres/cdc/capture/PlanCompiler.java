package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.envelope.TablePlan;
import io.millrace.connectors.postgres.cdc.type.ColumnCodec;
import io.millrace.connectors.postgres.cdc.type.TypeCatalog;
import io.millrace.connectors.postgres.cdc.type.TypeMapping;
import io.millrace.connectors.postgres.cdc.wire.Relation;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Compiles a {@link TablePlan} from a table's description. Key columns are the description's own
 * flags, which arrive in-band and so fit the rows that follow. Only for REPLICA IDENTITY FULL,
 * where every column is flagged, the primary key is looked up, as it is at that moment.
 */
final class PlanCompiler {
    private final CdcConfig config;
    private final TypeCatalog types = new TypeCatalog();
    private final TypeMapping mapping;

    PlanCompiler(CdcConfig config) {
        this.config = config;
        this.mapping = new TypeMapping(config.types());
    }

    TablePlan compile(ServerCatalog catalog, Relation relation) throws SQLException {
        List<ColumnCodec> codecs = new ArrayList<>();
        for (Relation.Column column : relation.columns()) {
            codecs.add(
                    mapping.codec(
                            types.resolve(catalog.connection(), column.typeOid()),
                            column.typeModifier()));
        }
        return new TablePlan(
                config.topicPrefix(),
                topic(relation),
                relation,
                codecs,
                keyColumns(catalog, relation));
    }

    /** A topic name takes letters, digits, dot, underscore and hyphen. */
    private String topic(Relation relation) {
        return (config.topicPrefix() + "." + relation).replaceAll("[^A-Za-z0-9._-]", "_");
    }

    private int[] keyColumns(ServerCatalog catalog, Relation relation) throws SQLException {
        Optional<List<String>> chosen = config.keyColumns().of(relation.schema(), relation.table());
        if (chosen.isPresent()) {
            return chosenColumns(relation, chosen.get());
        }
        Set<String> keys = new HashSet<>();
        List<Relation.Column> described =
                relation.fullIdentity()
                        ? catalog.relation(
                                        new ServerCatalog.PublishedTable(
                                                relation.schema(),
                                                relation.table(),
                                                List.of(),
                                                null))
                                .columns()
                        : relation.columns();
        for (Relation.Column column : described) {
            if (column.key()) {
                keys.add(column.name());
            }
        }
        List<Integer> indexes = new ArrayList<>();
        for (int i = 0; i < relation.columns().size(); i++) {
            if (keys.contains(relation.columns().get(i).name())) {
                indexes.add(i);
            }
        }
        return indexes.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] chosenColumns(Relation relation, List<String> chosen) {
        List<String> names = relation.columns().stream().map(Relation.Column::name).toList();
        int[] indexes = new int[chosen.size()];
        for (int i = 0; i < indexes.length; i++) {
            indexes[i] = names.indexOf(chosen.get(i));
            if (indexes[i] < 0) {
                throw new ConnectException(
                        "message.key.columns names column "
                                + chosen.get(i)
                                + ", which "
                                + relation
                                + " does not have; it has "
                                + names);
            }
        }
        return indexes;
    }
}

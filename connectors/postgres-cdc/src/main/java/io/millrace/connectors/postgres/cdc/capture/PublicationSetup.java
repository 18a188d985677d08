package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes or updates the publication as the configuration allows. It runs before the slot is made: a
 * slot cannot decode with a publication that is younger than its position.
 */
final class PublicationSetup {
    private static final Logger LOGGER = LoggerFactory.getLogger(PublicationSetup.class);

    private final CdcConfig config;

    PublicationSetup(CdcConfig config) {
        this.config = config;
    }

    void ensure(ServerCatalog catalog) throws SQLException {
        String name = config.publication().name();
        boolean exists = catalog.publicationExists(name);
        switch (config.publication().mode()) {
            case ALL_TABLES -> {
                if (!exists) {
                    create(
                            catalog,
                            "CREATE PUBLICATION " + Sql.identifier(name) + " FOR ALL TABLES");
                }
            }
            case FILTERED -> filtered(catalog, name, exists);
            case NO_TABLES -> {
                if (!exists) {
                    create(catalog, "CREATE PUBLICATION " + Sql.identifier(name));
                }
            }
            case DISABLED -> {
                if (!exists) {
                    throw new ConnectException(
                            "publication "
                                    + name
                                    + " does not exist in "
                                    + config.database().database()
                                    + "; run CREATE PUBLICATION "
                                    + Sql.identifier(name)
                                    + " FOR TABLE …, or set publication.autocreate.mode");
                }
            }
        }
    }

    private void filtered(ServerCatalog catalog, String name, boolean exists) throws SQLException {
        List<String> wanted = names(catalog.userTables());
        if (wanted.isEmpty()) {
            throw new ConnectException(
                    "no table of "
                            + config.database().database()
                            + " matches the include and exclude lists, so publication "
                            + name
                            + " would be empty; correct table.include.list");
        }
        String list = String.join(", ", wanted);
        if (!exists) {
            create(catalog, "CREATE PUBLICATION " + Sql.identifier(name) + " FOR TABLE " + list);
        } else if (!names(catalog.publishedTables(name)).equals(wanted)) {
            create(catalog, "ALTER PUBLICATION " + Sql.identifier(name) + " SET TABLE " + list);
        }
    }

    private List<String> names(List<ServerCatalog.PublishedTable> tables) {
        return tables.stream()
                .filter(table -> config.filter().accepts(table.schema(), table.table()))
                .map(table -> Sql.table(table.schema(), table.table()))
                .collect(Collectors.toList());
    }

    private static void create(ServerCatalog catalog, String sql) throws SQLException {
        catalog.execute(sql);
        LOGGER.atInfo().addKeyValue("sql", sql).log("changed the publication");
    }
}

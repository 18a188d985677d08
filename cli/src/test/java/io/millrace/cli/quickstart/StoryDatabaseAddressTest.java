package io.millrace.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StoryDatabaseAddressTest {

    @Test
    void readsEveryPartOfAUrl() {
        StoryDatabase.Address address =
                StoryDatabase.Address.parse(
                        "jdbc:postgresql://db.example:6432/shop?user=ada&password=a%26b");
        assertThat(address)
                .isEqualTo(new StoryDatabase.Address("db.example", 6432, "shop", "ada", "a&b"));
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:6432/shop");
    }

    @Test
    void fillsInWhatPostgresqlWould() {
        assertThat(StoryDatabase.Address.parse("jdbc:postgresql://localhost/"))
                .isEqualTo(
                        new StoryDatabase.Address("localhost", 5432, "postgres", "postgres", ""));
    }

    @Test
    void otherDatabasesAreRefusedWithTheFormThatIsWanted() {
        assertThatThrownBy(() -> StoryDatabase.Address.parse("jdbc:mysql://localhost/shop"))
                .hasMessageContaining(
                        "--jdbc-url=jdbc:mysql://localhost/shop is not of the form"
                                + " jdbc:postgresql://");
    }
}

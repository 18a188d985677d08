package io.millrace.broker.controller;

import io.millrace.base.config.NearestName;
import io.millrace.broker.controller.QuotaAlteration.Limit;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.QuotaChange;
import io.millrace.metadata.record.QuotaEntity;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Decides about quotas. Pure. The quotas of an entity change together or not at all. */
final class QuotaPlan {
    /** Type of the entity that is an address, not a client. */
    private static final String IP = "ip";

    private static final Set<String> TYPES = Set.of("user", "client-id", IP);
    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Za-z.:%-]+");

    /** Highest limit of each key; limits up to a long's or an int's are whole numbers. */
    private static final SortedMap<String, Double> CLIENT_KEYS =
            new TreeMap<>(
                    Map.of(
                            "producer_byte_rate",
                            (double) Long.MAX_VALUE,
                            "consumer_byte_rate",
                            (double) Long.MAX_VALUE,
                            "request_percentage",
                            Double.MAX_VALUE,
                            "controller_mutation_rate",
                            Double.MAX_VALUE));

    private static final SortedMap<String, Double> ADDRESS_KEYS =
            new TreeMap<>(Map.of("connection_creation_rate", (double) Integer.MAX_VALUE));

    private final MetadataImage image;

    QuotaPlan(MetadataImage image) {
        this.image = image;
    }

    /** Results are in the order of the alterations. */
    Decision<List<AdminResult<QuotaAlteration>>> alter(
            List<QuotaAlteration> alterations, boolean validateOnly) {
        Set<Map<String, Optional<String>>> seen = new HashSet<>();
        Set<Map<String, Optional<String>>> repeated = new HashSet<>();
        alterations.stream()
                .map(QuotaAlteration::entity)
                .filter(entity -> !seen.add(entity))
                .forEach(repeated::add);
        List<MetadataRecord> records = new ArrayList<>();
        List<AdminResult<QuotaAlteration>> results = new ArrayList<>(alterations.size());
        for (QuotaAlteration alteration : alterations) {
            Optional<String> problem =
                    repeated.contains(alteration.entity())
                            ? Optional.of("is in the request more than once")
                            : problem(alteration);
            if (problem.isPresent()) {
                results.add(
                        new AdminResult.Rejected<>(
                                ErrorCode.INVALID_REQUEST,
                                "quota of " + shown(alteration.entity()) + " " + problem.get()));
            } else {
                addChanges(alteration, records);
                results.add(new AdminResult.Done<>(alteration));
            }
        }
        return new Decision<>(validateOnly ? List.of() : records, results);
    }

    private void addChanges(QuotaAlteration alteration, List<MetadataRecord> records) {
        QuotaEntity entity = new QuotaEntity(alteration.entity());
        SortedMap<String, Double> before =
                image.clients().quotas().getOrDefault(entity, new TreeMap<>());
        for (Limit limit : alteration.limits()) {
            Double known = before.get(limit.key());
            boolean same = known == null ? limit.value() == null : known.equals(limit.value());
            if (!same) {
                records.add(new QuotaChange(entity, limit.key(), limit.value()));
            }
        }
    }

    private static Optional<String> problem(QuotaAlteration alteration) {
        SortedMap<String, Optional<String>> entity = alteration.entity();
        if (entity.isEmpty()) {
            return Optional.of("names no entity");
        }
        for (Map.Entry<String, Optional<String>> part : entity.entrySet()) {
            if (!TYPES.contains(part.getKey())) {
                return Optional.of("has the unknown entity type " + part.getKey());
            }
            if (part.getValue().isPresent() && part.getValue().get().isEmpty()) {
                return Optional.of("has an empty " + part.getKey());
            }
        }
        boolean ofAddress = entity.containsKey(IP);
        if (ofAddress && entity.size() > 1) {
            return Optional.of("mixes an address with a user or a client id");
        }
        Optional<String> address = entity.getOrDefault(IP, Optional.empty());
        if (address.isPresent() && !ADDRESS.matcher(address.get()).matches()) {
            return Optional.of("has no address or host name");
        }
        Set<String> keys = new HashSet<>();
        for (Limit limit : alteration.limits()) {
            if (!keys.add(limit.key())) {
                return Optional.of("sets " + limit.key() + " more than once");
            }
            Optional<String> problem = problem(limit, ofAddress ? ADDRESS_KEYS : CLIENT_KEYS);
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> problem(Limit limit, SortedMap<String, Double> keys) {
        Double value = limit.value();
        if (value == null) {
            return Optional.empty();
        }
        Double most = keys.get(limit.key());
        if (most == null) {
            return Optional.of(
                    "has the unknown key "
                            + limit.key()
                            + NearestName.suggestion(limit.key(), keys.keySet()));
        }
        boolean whole = most < Double.MAX_VALUE;
        if (!(value > 0) || value > most || (whole && value != Math.rint(value))) {
            return Optional.of(
                    "sets "
                            + limit.key()
                            + " to "
                            + value
                            + ", which is no "
                            + (whole ? "whole " : "")
                            + "number above 0 and up to "
                            + most);
        }
        return Optional.empty();
    }

    private static String shown(SortedMap<String, Optional<String>> entity) {
        StringBuilder text = new StringBuilder();
        entity.forEach(
                (type, name) ->
                        text.append(text.isEmpty() ? "" : ", ")
                                .append(type)
                                .append(' ')
                                .append(name.map(n -> "'" + n + "'").orElse("default")));
        return text.isEmpty() ? "nobody" : text.toString();
    }
}

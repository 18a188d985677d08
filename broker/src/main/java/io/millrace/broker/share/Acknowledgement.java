package io.millrace.broker.share;

import java.util.ArrayList;
import java.util.List;

/** What a member says of a run of offsets, both ends included. */
record Acknowledgement(AcknowledgeType type, long firstOffset, long lastOffset) {

    /** What is wrong with acknowledgements, so that none of the partition's is applied. */
    static final class InvalidAcknowledgementException extends Exception {
        private static final long serialVersionUID = 1;

        InvalidAcknowledgementException(String message) {
            super(message);
        }
    }

    /**
     * Adds what one batch of a request says: one type for all offsets, or one for each.
     *
     * @throws InvalidAcknowledgementException if the batch makes no sense
     */
    static void add(
            List<Acknowledgement> all,
            long firstOffset,
            long lastOffset,
            List<Byte> types,
            boolean renewals)
            throws InvalidAcknowledgementException {
        long count = lastOffset - firstOffset + 1;
        long previous = all.isEmpty() ? -1 : all.get(all.size() - 1).lastOffset;
        if (count <= 0 || firstOffset <= previous) {
            throw new InvalidAcknowledgementException(
                    "offsets "
                            + firstOffset
                            + " to "
                            + lastOffset
                            + " are not in order behind "
                            + previous);
        }
        if (types.size() != 1 && types.size() != count) {
            throw new InvalidAcknowledgementException(
                    types.size() + " acknowledge types for " + count + " offsets");
        }
        for (Acknowledgement run : runs(firstOffset, lastOffset, types)) {
            if (run.type == AcknowledgeType.RENEW && !renewals) {
                throw new InvalidAcknowledgementException("locks are not renewed here");
            }
            all.add(run);
        }
    }

    private static List<Acknowledgement> runs(long first, long last, List<Byte> types)
            throws InvalidAcknowledgementException {
        if (types.size() == 1) {
            return List.of(new Acknowledgement(typeOf(types.get(0)), first, last));
        }
        List<Acknowledgement> runs = new ArrayList<>();
        int begin = 0;
        for (int i = 1; i <= types.size(); i++) {
            if (i == types.size() || !types.get(i).equals(types.get(begin))) {
                runs.add(
                        new Acknowledgement(
                                typeOf(types.get(begin)), first + begin, first + i - 1));
                begin = i;
            }
        }
        return runs;
    }

    private static AcknowledgeType typeOf(byte id) throws InvalidAcknowledgementException {
        return AcknowledgeType.of(id)
                .orElseThrow(() -> new InvalidAcknowledgementException("acknowledge type " + id));
    }
}

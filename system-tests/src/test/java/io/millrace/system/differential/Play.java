package io.millrace.system.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays sequences on several threads; which requests a sequence makes depends on its number only.
 */
final class Play {
    private static final int THREADS = 4;
    private static final int LEAST_REQUESTS = 5;
    private static final int MOST_REQUESTS = 40;

    private final Duel duel;
    private final long seed;
    private final List<Step> steps = new ArrayList<>();

    Play(Duel duel, long seed, List<Step> steps) {
        this.duel = duel;
        this.seed = seed;
        this.steps.addAll(steps);
    }

    static List<Step> allSteps() {
        List<Step> all = new ArrayList<>();
        all.addAll(TopicSteps.all());
        all.addAll(RecordSteps.all());
        all.addAll(FetchSteps.all());
        all.addAll(GroupSteps.all());
        all.addAll(OffsetSteps.all());
        all.addAll(ConsumerGroupSteps.all());
        all.addAll(ShareGroupSteps.all());
        all.addAll(StreamsGroupSteps.all());
        all.addAll(TransactionSteps.all());
        all.addAll(ConfigSteps.all());
        all.addAll(AdminSteps.all());
        all.addAll(DelegationTokenSteps.all());
        return all;
    }

    /** Plays the sequences {@code from} to {@code to} (excluded). */
    void run(int from, int to) {
        AtomicInteger next = new AtomicInteger(from);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread =
                    new Thread(
                            () -> {
                                for (int n = next.getAndIncrement();
                                        n < to;
                                        n = next.getAndIncrement()) {
                                    playOne(n);
                                }
                            },
                            "play-" + i);
            thread.setUncaughtExceptionHandler(
                    (who, failure) -> {
                        synchronized (failures) {
                            failures.add(failure);
                        }
                    });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException("a sequence failed", failures.get(0));
        }
    }

    private void playOne(int number) {
        try (Sequence sequence = new Sequence(duel, number, seed)) {
            List<Step> possible =
                    steps.stream()
                            .filter(s -> s.isPossible(sequence) && sequence.wants(s))
                            .toList();
            int total = possible.stream().mapToInt(Step::weight).sum();
            int wanted =
                    LEAST_REQUESTS + sequence.random.nextInt(MOST_REQUESTS - LEAST_REQUESTS + 1);
            while (sequence.requests() < wanted) {
                Step step = draw(possible, sequence.random.nextInt(total));
                try {
                    step.body().accept(sequence);
                } catch (Sequence.Unanswered e) {
                    // Both hung up, or it is a finding by now. What was half done is left alone.
                    sequence.forgetGroups();
                }
            }
            TopicSteps.deleteAll(sequence);
        } catch (RuntimeException e) {
            throw new IllegalStateException("sequence " + number + " of seed " + seed, e);
        }
    }

    private static Step draw(List<Step> steps, int place) {
        int left = place;
        for (Step step : steps) {
            left -= step.weight();
            if (left < 0) {
                return step;
            }
        }
        throw new IllegalStateException("no step at " + place);
    }
}

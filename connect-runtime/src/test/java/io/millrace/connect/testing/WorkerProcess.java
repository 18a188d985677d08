package io.millrace.connect.testing;

import io.millrace.connect.worker.ConnectWorker;
import io.millrace.connect.worker.WorkerConfig;
import java.util.Map;
import java.util.TreeMap;

/** A worker as a program of its own, to be killed. Arguments are key=value. */
public final class WorkerProcess {
    private WorkerProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> config = new TreeMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            config.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        ConnectWorker worker = ConnectWorker.start(WorkerConfig.parse("arguments", config));
        System.out.println("REST at " + worker.restUrl());
        Thread.currentThread().join();
    }
}

package io.millrace.system.faults;

import java.util.List;

/**
 * Where one process of a cluster runs.
 *
 * @param address that the others reach it at
 * @param prefix of its command line
 */
record Place(String name, String address, List<String> prefix) {}

package io.millrace.clients.consumer;

/** How members of a group agree on who reads what. */
public enum GroupProtocol {
    /** The group stops, and a member that leads it assigns. */
    CLASSIC,
    /** KIP-848: the coordinator assigns, and only what moves stops. */
    CONSUMER
}

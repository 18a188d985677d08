package io.millrace.broker.controller;

/** A partition that shall get another leader. */
public record ElectionWish(String topic, int index) {}

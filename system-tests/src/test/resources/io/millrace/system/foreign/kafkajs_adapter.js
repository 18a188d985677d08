// kafkajs, with its codec plugins. What the program needs beyond the API that both libraries share.
'use strict';
const { Kafka, logLevel, CompressionTypes, CompressionCodecs, PartitionAssigners } = require('kafkajs');
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');
CompressionCodecs[CompressionTypes.LZ4] = new (require('kafkajs-lz4'))().codec;

class Adapter {
  constructor(bootstrap) {
    this.kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR, retry: { initialRetryTime: 100 } });
    this.codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4 };
    this.createOptions = { waitForLeaders: false };
    this.assignors = { roundrobin: PartitionAssigners.roundRobin };
  }

  admin() { return this.kafka.admin(); }

  producer(config = {}) { return this.kafka.producer({ idempotent: !!config.transactionalId, maxInFlightRequests: 1, ...config }); }

  send(producer, topic, messages, codec = 'none') {
    return producer.send({ topic, messages, compression: this.codecs[codec] });
  }

  consumer(groupId, { readUncommitted = false, fromBeginning = true, assignor } = {}) {
    const consumer = this.kafka.consumer({
      groupId, readUncommitted, heartbeatInterval: 300, sessionTimeout: 10000,
      partitionAssigners: assignor ? [this.assignors[assignor]] : undefined,
    });
    consumer.fromBeginning = fromBeginning;
    consumer.assigned = [];
    consumer.on(consumer.events.GROUP_JOIN, (event) => {
      consumer.assigned = Object.values(event.payload.memberAssignment).flat();
    });
    return consumer;
  }

  subscribe(consumer, topic) { return consumer.subscribe({ topics: [topic], fromBeginning: consumer.fromBeginning }); }

  run(consumer, eachMessage, autoCommit = false) { return consumer.run({ eachMessage, autoCommit }); }

  partitions(consumer) { return consumer.assigned; }

  sendOffsets(transaction, consumer, groupId, topics) { return transaction.sendOffsets({ consumerGroupId: groupId, topics }); }

  name(error) { return error.type || (error.cause && error.cause.type) || (error.errors && error.errors[0].type) || error.name; }

  get setsOffsets() { return true; }

  get changesConfigs() { return true; }
}

module.exports = { Adapter };

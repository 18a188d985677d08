// @confluentinc/kafka-javascript by its kafkajs-like API.
'use strict';
const { Kafka, logLevel, CompressionTypes, PartitionAssigners } = require('@confluentinc/kafka-javascript').KafkaJS;

class Adapter {
  constructor(bootstrap) {
    this.kafka = new Kafka({ kafkaJS: { brokers: [bootstrap], logLevel: logLevel.ERROR } });
    this.codecs = {
      none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.SNAPPY, lz4: CompressionTypes.LZ4,
      zstd: CompressionTypes.ZSTD,
    };
    this.createOptions = {};
    this.assignors = {
      range: PartitionAssigners.range, roundrobin: PartitionAssigners.roundRobin, cooperativesticky: PartitionAssigners.cooperativeSticky,
    };
    this.protocols = ['consumer'];
  }

  admin() { return this.kafka.admin(); }

  producer({ codec, ...config } = {}) {
    return this.kafka.producer({ kafkaJS: { ...config, compression: this.codecs[codec || 'none'] } });
  }

  send(producer, topic, messages) { return producer.send({ topic, messages }); }

  consumer(groupId, { readUncommitted = false, fromBeginning = true, assignor, protocol } = {}) {
    if (protocol === 'consumer') {
      return this.kafka.consumer({
        'group.protocol': 'consumer', 'group.id': groupId, 'enable.auto.commit': false, 'auto.offset.reset': 'earliest',
      });
    }
    const kafkaJS = { groupId, readUncommitted, fromBeginning, autoCommit: false, heartbeatInterval: 300, sessionTimeout: 10000 };
    if (assignor) {
      kafkaJS.partitionAssigners = [this.assignors[assignor]];
    }
    return this.kafka.consumer({ kafkaJS });
  }

  subscribe(consumer, topic) { return consumer.subscribe({ topics: [topic] }); }

  run(consumer, eachMessage) { return consumer.run({ eachMessage }); }

  partitions(consumer) {
    try {
      return consumer.assignment().map((one) => one.partition);
    } catch (e) {
      return [];
    }
  }

  sendOffsets(transaction, consumer, groupId, topics) { return transaction.sendOffsets({ consumer, topics }); }

  name(error) { return error.type || error.name; }

  get setsOffsets() { return false; }

  get changesConfigs() { return false; }
}

module.exports = { Adapter };

// The scenarios of both JavaScript clients. Arguments: adapter, host:port, then features, none for all.
'use strict';
const [, , adapterName, bootstrap, ...wanted] = process.argv;
const { Adapter } = require(`./${adapterName}_adapter.js`);
const adapter = new Adapter(bootstrap);
const scenarios = {};
const PATIENCE_MS = 60000;

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function awaitThat(what, question) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
    await pause(30);
  }
}

async function withAdmin(use) {
  const admin = adapter.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function withProducer(config, use) {
  const producer = adapter.producer(config);
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
}

async function refusal(answer, what, call) {
  try {
    await call();
    answer[what] = 'not refused';
  } catch (e) {
    answer[what] = adapter.name(e);
  }
}

const create = (topic, numPartitions = 1, config = {}) => withAdmin(async (admin) => {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  if (!await admin.createTopics({ ...adapter.createOptions, topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }] })) {
    throw new Error(`${topic} was there already`);
  }
  await awaitThat(topic, async () => (await admin.listTopics()).includes(topic));
  await awaitThat(`leaders of ${topic}`, async () => {
    try {
      const found = await metadata(admin, topic);
      return found.partitions.length === numPartitions && found.partitions.every((one) => one.leader >= 0);
    } catch (e) {
      return false; // a broker may learn of a topic a little later
    }
  });
});

async function metadata(admin, topic) {
  const found = await admin.fetchTopicMetadata({ topics: [topic] });
  return (found.topics || found)[0];
}

const fill = (topic, partition, count) => withProducer({}, (producer) => adapter.send(
  producer, topic, Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `v${i}`, partition }))));

const text = (data) => (data === null || data === undefined ? null : data.toString());

function show(partition, message) {
  const headers = Object.entries(message.headers || {}).map(
    ([key, value]) => `${key}=${Array.isArray(value) ? value.map(text).join('+') : text(value)}`).sort();
  return `${partition}@${message.offset} ${text(message.key)}=${text(message.value)}${headers.length ? ` {${headers.join(',')}}` : ''}`;
}

class Member {
  constructor(groupId, topic, options = {}) {
    this.consumer = adapter.consumer(groupId, options);
    this.topic = topic;
    this.messages = [];
    this.read = [];
  }

  async start(onMessage = async () => {}) {
    await this.consumer.connect();
    await adapter.subscribe(this.consumer, this.topic);
    await adapter.run(this.consumer, async ({ partition, message }) => {
      this.messages.push({ partition, message });
      this.read.push(show(partition, message));
      await onMessage(partition, message);
    });
    return this;
  }

  partitions() { return [...adapter.partitions(this.consumer)].sort(); }

  commit(offsets) {
    return this.consumer.commitOffsets(
      Object.entries(offsets).map(([partition, offset]) => ({ topic: this.topic, partition: +partition, offset: `${offset}` })));
  }

  stop() { return this.consumer.disconnect(); }
}

let readers = 0;

/** So many records from the beginning; more would show too. */
async function read(topic, count, options = {}) {
  readers += 1;
  const member = await new Member(`reader-${readers}`, topic, options).start();
  await awaitThat(`${count} records of ${topic}`, () => member.read.length >= count);
  await pause(300);
  await member.stop();
  const order = (one) => one.split(' ')[0].split('@').map(Number);
  return member.read.sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1]);
}

const committed = (groupId, topic) => withAdmin(async (admin) => {
  const found = await admin.fetchOffsets({ groupId, topics: [topic] });
  return Object.fromEntries((found[0] ? found[0].partitions : []).map((one) => [one.partition, +one.offset]).sort());
});

for (const codec of Object.keys(adapter.codecs)) {
  scenarios[`codec.${codec}`] = async (answer) => {
    await create(`codec-${codec}`);
    await withProducer({ codec }, (producer) => adapter.send(producer, `codec-${codec}`,
      Array.from({ length: 200 }, (_, i) => ({ key: `k${i}`, value: `value-${i}-${'x'.repeat(i)}` })), codec));
    const found = await read(`codec-${codec}`, 200);
    answer.count = found.length;
    answer.first = found[0];
    answer.last = found[199];
    answer.length = found.join('').length;
  };
}

scenarios['records.headers'] = async (answer) => {
  await create('headers');
  await withProducer({}, (producer) => adapter.send(producer, 'headers',
    [{ key: 'k', value: 'v', headers: { a: ['1', '2'], b: 'ü', empty: '' } }]));
  answer.records = await read('headers', 1);
};

scenarios['records.nulls'] = async (answer) => {
  await create('nulls');
  await withProducer({}, (producer) => adapter.send(producer, 'nulls',
    [{ key: null, value: 'v' }, { key: 'k', value: null }, { key: null, value: null }, { key: '', value: '' }]));
  answer.records = await read('nulls', 4);
};

scenarios['records.timestamps'] = async (answer) => {
  await create('create-time');
  await withProducer({}, (producer) => adapter.send(producer, 'create-time', [{ value: 'v', timestamp: '1700000000123' }]));
  const member = await new Member('timestamps', 'create-time').start();
  await awaitThat('record', () => member.messages.length === 1);
  answer.timestamp = member.messages[0].message.timestamp;
  await member.stop();
};

scenarios['records.too-large'] = async (answer) => {
  await create('too-large', 1, { 'max.message.bytes': '1000' });
  await withProducer({ retry: { retries: 0 } }, (producer) => refusal(answer, '2000 bytes',
    () => adapter.send(producer, 'too-large', [{ value: 'x'.repeat(2000) }])));
};

scenarios['produce.acks'] = async (answer) => {
  await create('acks');
  for (const acks of [0, 1, -1]) {
    await withProducer({}, (producer) => (adapterName === 'kafkajs'
      ? producer.send({ topic: 'acks', acks, messages: [{ value: `${acks}` }] })
      : adapter.send(producer, 'acks', [{ value: `${acks}` }])));
  }
  answer.values = (await read('acks', 3)).map((one) => one.split('=')[1]).sort();
};

scenarios['produce.idempotent'] = async (answer) => {
  await create('idempotent');
  await withProducer({ idempotent: true }, async (producer) => {
    for (let i = 0; i < 50; i += 1) {
      await adapter.send(producer, 'idempotent', [{ value: `v${i}` }, { value: `w${i}` }]);
    }
  });
  answer.records = (await read('idempotent', 100)).join();
};

scenarios['produce.partitioner'] = async (answer) => {
  await create('partitioner', 5);
  await withProducer({}, (producer) => adapter.send(producer, 'partitioner',
    Array.from({ length: 20 }, (_, i) => ({ key: `key${i}`, value: 'v' }))));
  const placed = (await read('partitioner', 20)).map((one) => one.replace(/@\d+/, ''));
  answer.placed = [...new Set(placed)].sort(); // kafkajs may send again what one partition has already
};

scenarios['offsets.commit'] = async (answer) => {
  await create('commit', 2);
  await fill('commit', 0, 10);
  await fill('commit', 1, 10);
  answer.before = await committed('commit-group', 'commit');
  const first = await new Member('commit-group', 'commit').start();
  await awaitThat('20 records', () => first.read.length >= 20);
  await first.commit({ 0: 4, 1: 0 });
  await first.stop();
  answer.after = await committed('commit-group', 'commit');
  const second = await new Member('commit-group', 'commit').start();
  await awaitThat('16 records', () => second.read.length >= 16);
  answer.resumed = second.read.filter((one) => one.startsWith('0@')).sort()[0];
  await second.commit({ 0: 10, 1: 10 });
  await second.stop();
  answer.end = await committed('commit-group', 'commit');
};

scenarios['offsets.seek'] = async (answer) => {
  await create('seek');
  await fill('seek', 0, 10);
  const member = await new Member('seek-group', 'seek').start();
  await awaitThat('10 records', () => member.read.length >= 10);
  member.consumer.seek({ topic: 'seek', partition: 0, offset: '7' });
  await awaitThat('three again', () => member.read.length >= 13);
  await pause(200);
  answer.read = member.read.map((one) => one.split(' ')[0]);
  await member.stop();
};

scenarios['offsets.by-timestamp'] = async (answer) => {
  await create('by-timestamp');
  const start = 1700000000000;
  for (const at of [0, 1000, 2000, 1500, 3000]) {
    await withProducer({}, (producer) => adapter.send(producer, 'by-timestamp', [{ value: `v${at}`, timestamp: `${start + at}` }]));
  }
  await withAdmin(async (admin) => {
    for (const at of [-1000, 0, 1, 1600, 2500, 3000, 3001]) {
      answer[`at ${at}`] = (await admin.fetchTopicOffsetsByTimestamp('by-timestamp', start + at))[0].offset;
    }
    const [{ high, low }] = await admin.fetchTopicOffsets('by-timestamp');
    answer.bounds = [low, high];
  });
};

async function rebalance(answer, topic, options) {
  await create(topic, 4);
  const first = await new Member(topic, topic, options).start();
  await awaitThat('all partitions', () => first.partitions().length === 4);
  const second = await new Member(topic, topic, options).start();
  await awaitThat('two each', () => first.partitions().length === 2 && second.partitions().length === 2);
  answer['two members share'] = [...first.partitions(), ...second.partitions()].sort();
  for (let p = 0; p < 4; p += 1) await fill(topic, p, 5);
  const all = () => new Set([...first.read, ...second.read]).size;
  await awaitThat('all records', () => all() === 20);
  await second.stop();
  await awaitThat('all partitions again', () => first.partitions().length === 4);
  for (let p = 0; p < 4; p += 1) await fill(topic, p, 5);
  await awaitThat('the rest', () => all() === 40);
  answer['alone again'] = first.partitions();
  await first.commit({ 0: 10, 1: 10, 2: 10, 3: 10 });
  await first.stop();
  answer.committed = await committed(topic, topic);
}

for (const assignor of Object.keys(adapter.assignors)) {
  scenarios[`group.rebalance.${assignor}`] = (answer) => rebalance(answer, `group-${assignor}`, { assignor });
}
for (const protocol of adapter.protocols || []) {
  scenarios['group.consumer.uniform'] = (answer) => rebalance(answer, 'group-848', { protocol });
}

async function transactions(id, work) {
  await withProducer({ transactionalId: id, idempotent: true }, async (producer) => {
    await work(async (use) => {
      const transaction = await producer.transaction();
      await use(transaction);
    });
  });
}

const both = (topic, what) => (transaction) => adapter.send(transaction, topic,
  [{ key: 'k', value: `${what} in 0`, partition: 0 }, { key: 'k', value: `${what} in 1`, partition: 1 }]);

scenarios['txn.commit'] = async (answer) => {
  await create('txn-commit', 2);
  await transactions('js-commit', async (transact) => {
    for (const what of ['first', 'second', 'third']) {
      await transact(async (transaction) => {
        await both('txn-commit', what)(transaction);
        await transaction.commit();
      });
    }
  });
  answer.committed = await read('txn-commit', 6);
  answer.everything = await read('txn-commit', 6, { readUncommitted: true });
};

scenarios['txn.abort'] = async (answer) => {
  await create('txn-abort', 2);
  await transactions('js-abort', async (transact) => {
    for (const what of ['good', 'bad', 'better', 'worse']) {
      await transact(async (transaction) => {
        await both('txn-abort', what)(transaction);
        await ((what === 'bad' || what === 'worse') ? transaction.abort() : transaction.commit());
      });
    }
  });
  answer.committed = await read('txn-abort', 4);
  answer.everything = await read('txn-abort', 8, { readUncommitted: true });
};

scenarios['txn.offsets'] = async (answer) => {
  await create('txn-in');
  await create('txn-out');
  await fill('txn-in', 0, 10);
  const member = await new Member('txn-offsets', 'txn-in').start();
  await awaitThat('10 records', () => member.read.length >= 10);
  await transactions('js-offsets', async (transact) => {
    for (const offset of [3, 7, 10]) {
      await transact(async (transaction) => {
        await adapter.send(transaction, 'txn-out', [{ key: 'up to', value: `${offset}` }]);
        await adapter.sendOffsets(transaction, member.consumer, 'txn-offsets',
          [{ topic: 'txn-in', partitions: [{ partition: 0, offset: `${offset}` }] }]);
        await (offset === 7 ? transaction.abort() : transaction.commit());
      });
      await awaitThat('settled', async () => (await committed('txn-offsets', 'txn-in'))[0] === (offset === 7 ? 3 : offset));
      answer[`committed after ${offset}`] = await committed('txn-offsets', 'txn-in');
    }
  });
  await member.stop();
  answer.output = await read('txn-out', 2);
};

scenarios['admin.topics'] = (answer) => withAdmin(async (admin) => {
  const make = (topic, more = {}) => admin.createTopics({ ...adapter.createOptions, topics: [{ topic, numPartitions: 3, replicationFactor: 1, ...more }] });
  answer.created = await make('admin-topic');
  await awaitThat('listed', async () => (await admin.listTopics()).includes('admin-topic'));
  answer.again = await make('admin-topic');
  await refusal(answer, 'bad name', () => make('bad name!'));
  await refusal(answer, 'three copies', () => make('admin-copies', { replicationFactor: 3 }));
  await refusal(answer, 'unknown key', () => make('admin-key', { configEntries: [{ name: 'no.such.key', value: '1' }] }));
  const { partitions } = await metadata(admin, 'admin-topic');
  answer.described = partitions.map((one) => [one.partitionId, one.replicas.length, one.isr.length]).sort();
  await admin.deleteTopics({ topics: ['admin-topic'] });
  await awaitThat('gone', async () => !(await admin.listTopics()).includes('admin-topic'));
  await refusal(answer, 'delete it again', () => admin.deleteTopics({ topics: ['admin-topic'], timeout: 3000 }));
});

scenarios['admin.groups'] = (answer) => withAdmin(async (admin) => {
  await create('grouped', 2);
  const member = await new Member('admin-group', 'grouped', { assignor: 'roundrobin' }).start();
  await awaitThat('assigned', () => member.partitions().length === 2);
  const described = async () => {
    const [group] = (await admin.describeGroups(['admin-group'])).groups;
    return [group.state, group.protocolType || '', group.members.length];
  };
  answer.alive = await described();
  answer.listed = (await admin.listGroups()).groups.some((group) => group.groupId === 'admin-group');
  await refusal(answer, 'delete it alive', () => admin.deleteGroups(['admin-group']));
  await member.stop();
  await awaitThat('empty', async () => (await described())[2] === 0);
  answer.empty = await described();
  await admin.deleteGroups(['admin-group']);
  await refusal(answer, 'delete it again', () => admin.deleteGroups(['admin-group']));
});

scenarios['admin.delete-records'] = (answer) => withAdmin(async (admin) => {
  await create('deleted-records');
  await fill('deleted-records', 0, 10);
  const before = (offset) => admin.deleteTopicRecords({ topic: 'deleted-records', partitions: [{ partition: 0, offset: `${offset}` }] });
  await admin.fetchTopicOffsets('deleted-records'); // kafkajs deletes in topics that it knows
  await before(4);
  const [{ low, high }] = await admin.fetchTopicOffsets('deleted-records');
  answer.bounds = [low, high];
  answer.left = await read('deleted-records', 6);
  await refusal(answer, 'beyond the end', () => before(11));
});

if (adapter.setsOffsets) {
  scenarios['admin.offsets'] = (answer) => withAdmin(async (admin) => {
    await create('admin-offsets', 1);
    await fill('admin-offsets', 0, 5);
    await admin.setOffsets({ groupId: 'admin-offsets', topic: 'admin-offsets', partitions: [{ partition: 0, offset: '3' }] });
    answer.set = await committed('admin-offsets', 'admin-offsets');
    await admin.resetOffsets({ groupId: 'admin-offsets', topic: 'admin-offsets', earliest: true });
    answer.reset = await committed('admin-offsets', 'admin-offsets');
  });
}

if (adapter.changesConfigs) {
  scenarios['admin.partitions'] = (answer) => withAdmin(async (admin) => {
    await create('more');
    await admin.createPartitions({ topicPartitions: [{ topic: 'more', count: 3 }] });
    await awaitThat('three', async () => (await metadata(admin, 'more')).partitions.length === 3);
    await fill('more', 2, 3);
    answer.records = await read('more', 3);
    await refusal(answer, 'to 2', () => admin.createPartitions({ topicPartitions: [{ topic: 'more', count: 2 }] }));
  });
  scenarios['admin.configs.topic'] = (answer) => withAdmin(async (admin) => {
    await create('configs');
    const resource = { type: 2, name: 'configs' };
    const entry = async (name) => {
      const { resources } = await admin.describeConfigs({ resources: [{ ...resource, configNames: [name] }], includeSynonyms: true });
      const { configValue, configSource, readOnly, configSynonyms } = resources[0].configEntries[0];
      return [configValue, configSource, readOnly, configSynonyms.map((one) => one.configName)];
    };
    const alter = (name, value) => admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name, value }] }] });
    answer.before = await entry('retention.ms');
    await alter('retention.ms', '123456');
    await awaitThat('set', async () => (await entry('retention.ms'))[0] === '123456');
    answer.set = await entry('retention.ms');
    await refusal(answer, 'unknown key', () => alter('no.such.key', '1'));
  });
  scenarios['admin.cluster'] = (answer) => withAdmin(async (admin) => {
    const found = await admin.describeCluster();
    answer.brokers = found.brokers.length;
    answer.controlled = found.brokers.some((one) => one.nodeId === found.controller);
    answer.identified = !!found.clusterId;
  });
  scenarios['admin.acls'] = (answer) => withAdmin((admin) => refusal(answer, 'without an authorizer', () => admin.describeAcls({
    resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1,
  })));
}

async function run(feature) {
  const answer = {};
  const late = new Promise((_, fail) => { setTimeout(() => fail(new Error('scenario took more than 120 s')), 120000).unref(); });
  try {
    await Promise.race([scenarios[feature](answer), late]);
    console.log(JSON.stringify({ feature, answer }));
  } catch (e) {
    console.error(feature, e);
    console.log(JSON.stringify({ feature, error: `${adapter.name(e)}: ${e.message} after ${JSON.stringify(answer)}` }));
  }
}

async function main() {
  const queue = Object.keys(scenarios).filter((feature) => !wanted.length || wanted.includes(feature));
  const worker = async () => {
    while (queue.length) await run(queue.shift());
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  process.exit(0);
}

main();

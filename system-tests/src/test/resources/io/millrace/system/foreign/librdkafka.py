"""librdkafka through confluent-kafka-python, both as Debian ships them. Arguments: host:port, then features, none for all."""
import sys
import time

from confluent_kafka import (OFFSET_BEGINNING, OFFSET_END, OFFSET_INVALID, Consumer, KafkaException, Producer,
                             TopicPartition)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from scenarios import Scenarios, await_that, digest, refusal, text

BOOTSTRAP = sys.argv[1]


def name(error):
    return error.args[0].name() if isinstance(error, KafkaException) else type(error).__name__


def admin():
    return AdminClient({"bootstrap.servers": BOOTSTRAP})


def producer(**config):
    return Producer({"bootstrap.servers": BOOTSTRAP, **{k.replace("_", "."): v for k, v in config.items()}})


def consumer(group, **config):
    return Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": group, "enable.auto.commit": False,
                     "auto.offset.reset": "earliest", **{k.replace("_", "."): v for k, v in config.items()}})


def settle(futures):
    for future in futures.values():
        future.result()


def create(topic, partitions=1, **config):
    client = admin()
    settle(client.create_topics([NewTopic(topic, partitions, 1, config=config)]))
    await_that(topic, lambda: topic in client.list_topics(timeout=10).topics)


def fill(topic, partition, count):
    p = producer()
    for i in range(count):
        p.produce(topic, "v%d" % i, "k%d" % i, partition)
    p.flush()


def show(message):
    headers = message.headers()
    shown = "%d@%d %s=%s" % (message.partition(), message.offset(), text(message.key()), text(message.value()))
    return shown + (" {%s}" % ",".join("%s=%s" % (k, text(v)) for k, v in headers) if headers else "")


def read(topic, isolation="read_uncommitted"):
    """Everything up to the end, by partition and offset."""
    c = consumer("reader-of-" + topic, isolation_level=isolation, enable_partition_eof=True)
    partitions = sorted(c.list_topics(topic, 10).topics[topic].partitions)
    c.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
    found, at_end = [], set()

    def more():
        message = c.poll(0.2)
        if message is not None:
            if message.error():
                assert message.error().name() == "_PARTITION_EOF", message.error()
                at_end.add(message.partition())
            else:
                found.append(message)
        return len(at_end) == len(partitions)

    await_that("end of " + topic, more)
    c.close()
    return [show(m) for m in sorted(found, key=lambda m: (m.partition(), m.offset()))]


def poll(c, count):
    found = []

    def more():
        message = c.poll(0.2)
        if message is not None:
            assert not message.error(), message.error()
            found.append(message)
        return len(found) >= count

    await_that("%d records" % count, more)
    return found


def codec(which):
    def run(answer):
        topic = "codec-" + which
        create(topic)
        p = producer(compression_type=which, linger_ms=50)
        for i in range(200):
            p.produce(topic, "value-%d-%s" % (i, "x" * i), "k%d" % i)
        p.flush()
        found = read(topic)
        answer.update(count=len(found), first=found[0], digest=digest(found))
    return run


def headers(answer):
    create("headers")
    p = producer()
    p.produce("headers", "v", "k", headers=[("a", b"1"), ("a", b"2"), ("empty", b""), ("none", None)])
    p.flush()
    answer["records"] = read("headers")


def nulls(answer):
    create("nulls")
    p = producer()
    for value, key in (("v", None), (None, "k"), (None, None), ("", "")):
        p.produce("nulls", value, key)
    p.flush()
    answer["records"] = read("nulls")


def timestamps(answer):
    create("create-time")
    create("append-time", **{"message.timestamp.type": "LogAppendTime"})
    before = time.time() * 1000 - 60000
    p = producer()
    p.produce("create-time", "v", timestamp=1700000000123)
    p.produce("append-time", "v", timestamp=5)
    p.flush()
    for topic in ("create-time", "append-time"):
        c = consumer("timestamps")
        c.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        kind, at = poll(c, 1)[0].timestamp()
        answer[topic] = [kind, "now" if at > before else at]
        c.close()


def too_large(answer):
    create("too-large", **{"max.message.bytes": "1000"})
    outcomes = []
    p = producer()
    p.produce("too-large", "x" * 2000, on_delivery=lambda error, message: outcomes.append(error.name()))
    p.flush()
    answer["2000 bytes"] = outcomes


def acks(answer):
    create("acks")
    for which in ("0", "1", "all"):
        p = producer(acks=which)
        p.produce("acks", which)
        p.flush()
    answer["values"] = sorted(record.split("=")[1] for record in read("acks"))


def idempotent(answer):
    create("idempotent")
    p = producer(enable_idempotence=True, batch_num_messages=3)
    for i in range(500):
        p.produce("idempotent", "v%d" % i)
    p.flush()
    answer["digest"] = digest(read("idempotent"))


def partitioner(answer):
    create("partitioner", 5)
    p = producer(partitioner="murmur2_random")
    for i in range(20):
        p.produce("partitioner", "v", "key%d" % i)
    p.flush()
    answer["records"] = read("partitioner")


def shown(partitions):
    return {"%s-%d" % (p.topic, p.partition): "none" if p.offset == OFFSET_INVALID else p.offset for p in partitions}


def commit(answer):
    create("commit", 2)
    fill("commit", 0, 10)
    fill("commit", 1, 10)
    both = [TopicPartition("commit", 0), TopicPartition("commit", 1)]
    c = consumer("commit-group")
    answer["before"] = shown(c.committed(both, 20))
    c.commit(offsets=[TopicPartition("commit", 0, 4), TopicPartition("commit", 1, 0)], asynchronous=False)
    answer["after"] = shown(c.committed(both, 20))
    c.close()
    c = consumer("commit-group")
    c.subscribe(["commit"])
    poll(c, 16)
    c.commit(asynchronous=False)
    answer["read to the end"] = shown(c.committed(both, 20))
    c.close()


def seek(answer):
    create("seek")
    fill("seek", 0, 10)
    c = consumer("seek-group")
    c.assign([TopicPartition("seek", 0, 5)])
    answer["from 5"] = show(poll(c, 1)[0])
    c.seek(TopicPartition("seek", 0, 8))
    answer["from 8"] = show(poll(c, 1)[0])
    c.seek(TopicPartition("seek", 0, OFFSET_BEGINNING))
    answer["from the beginning"] = show(poll(c, 1)[0])
    answer["watermarks"] = c.get_watermark_offsets(TopicPartition("seek", 0), 20)
    c.close()


def by_timestamp(answer):
    create("by-timestamp")
    start = 1700000000000
    p = producer()
    for at in (0, 1000, 2000, 1500, 3000):
        p.produce("by-timestamp", "v%d" % at, timestamp=start + at)
        p.flush()
    c = consumer("by-timestamp-group")
    for at in (-1000, 0, 1, 1600, 2500, 3000, 3001):
        found = c.offsets_for_times([TopicPartition("by-timestamp", 0, start + at)], 20)[0]
        answer["at %d" % at] = found.offset
    c.close()


def reset(answer):
    create("reset")
    fill("reset", 0, 10)
    for policy in ("earliest", "latest", "error"):
        c = consumer("reset-" + policy, auto_offset_reset=policy, enable_partition_eof=True)
        c.assign([TopicPartition("reset", 0, 1000)])
        outcome = []

        def more():
            message = c.poll(0.2)
            if message is not None:
                outcome.append(message.error().name() if message.error() else show(message))
            return outcome

        await_that("reset", more)
        answer[policy] = outcome[0]
        c.close()


class Member:
    def __init__(self, group, topic, **config):
        self.consumer = consumer(group, **config)
        self.read = set()
        self.consumer.subscribe([topic])

    def poll(self):
        message = self.consumer.poll(0.05)
        if message is not None and not message.error():
            self.read.add(show(message))

    def partitions(self):
        return sorted(p.partition for p in self.consumer.assignment())


def await_partitions(members, counts):
    def asked():
        for member in members:
            member.poll()
        return [len(member.partitions()) for member in members] == counts
    await_that("partitions %s" % counts, asked)


def rebalance(assignor):
    def run(answer):
        topic = "group-" + assignor
        create(topic, 4)
        for p in range(4):
            fill(topic, p, 5)
        config = dict(partition_assignment_strategy=assignor)
        first = Member(topic, topic, **config)
        await_partitions([first], [4])
        second = Member(topic, topic, **config)
        await_partitions([first, second], [2, 2])
        answer["two members share"] = sorted(first.partitions() + second.partitions())
        for p in range(4):
            fill(topic, p, 5)

        def all_read():
            first.poll()
            second.poll()
            return len(first.read | second.read) == 40

        await_that("all records", all_read)
        second.consumer.commit(asynchronous=False)
        second.consumer.close()
        await_partitions([first], [4])
        answer["alone again"] = first.partitions()
        for p in range(4):
            fill(topic, p, 5)

        def rest_read():
            first.poll()
            return len(first.read | second.read) == 60

        await_that("the rest", rest_read)
        first.consumer.commit(asynchronous=False)
        answer["committed"] = shown(first.consumer.committed([TopicPartition(topic, p) for p in range(4)], 20))
        first.consumer.close()
    return run


def static(answer):
    create("static", 2)
    first = Member("static", "static", group_instance_id="one")
    await_partitions([first], [2])
    first.consumer.close()
    again = Member("static", "static", group_instance_id="one")
    await_partitions([again], [2])
    answer["back without a rebalance"] = again.partitions()
    again.consumer.close()


def transactional(name):
    p = producer(transactional_id=name)
    p.init_transactions(30)
    return p


def send(p, topic, what):
    p.produce(topic, what + " in 0", "k", 0)
    p.produce(topic, what + " in 1", "k", 1)


def txn_commit(answer):
    create("txn-commit", 2)
    p = transactional("rd-commit")
    for what in ("first", "second", "third"):
        p.begin_transaction()
        send(p, "txn-commit", what)
        p.commit_transaction(30)
    answer["committed"] = read("txn-commit", "read_committed")
    answer["everything"] = read("txn-commit")


def txn_abort(answer):
    create("txn-abort", 2)
    p = transactional("rd-abort")
    for what in ("good", "bad", "better", "worse"):
        p.begin_transaction()
        send(p, "txn-abort", what)
        p.flush()
        if what in ("bad", "worse"):
            p.abort_transaction(30)
        else:
            p.commit_transaction(30)
    answer["committed"] = read("txn-abort", "read_committed")
    answer["everything"] = read("txn-abort")


def txn_open(answer):
    create("txn-open", 2)
    p = transactional("rd-open")
    p.begin_transaction()
    send(p, "txn-open", "open")
    p.flush()
    fill("txn-open", 0, 2)
    answer["committed, while open"] = read("txn-open", "read_committed")
    answer["everything, while open"] = read("txn-open")
    p.commit_transaction(30)
    answer["committed"] = read("txn-open", "read_committed")


def txn_offsets(answer):
    create("txn-in")
    create("txn-out")
    fill("txn-in", 0, 10)
    c = consumer("txn-offsets", isolation_level="read_committed")
    c.subscribe(["txn-in"])
    poll(c, 10)
    p = transactional("rd-offsets")
    for offset in (3, 7, 10):
        p.begin_transaction()
        p.produce("txn-out", str(offset), "up to")
        p.flush()
        p.send_offsets_to_transaction([TopicPartition("txn-in", 0, offset)], c.consumer_group_metadata(), 30)
        if offset == 7:
            p.abort_transaction(30)
        else:
            p.commit_transaction(30)
        answer["committed offset after %d" % offset] = shown(c.committed([TopicPartition("txn-in", 0)], 20))
    c.close()
    answer["output"] = read("txn-out", "read_committed")


def txn_fencing(answer):
    create("txn-fencing", 2)
    old = transactional("rd-fencing")
    old.begin_transaction()
    send(old, "txn-fencing", "old")
    old.flush()
    young = transactional("rd-fencing")
    refusal(answer, "the old one commits", lambda: old.commit_transaction(30), name)
    young.begin_transaction()
    send(young, "txn-fencing", "young")
    young.commit_transaction(30)
    answer["committed"] = read("txn-fencing", "read_committed")


def admin_topics(answer):
    a = admin()
    topic = NewTopic("admin-topic", 3, 1, config={"retention.ms": "123456"})
    settle(a.create_topics([topic], validate_only=True))
    settle(a.create_topics([topic]))
    await_that("admin-topic", lambda: "admin-topic" in a.list_topics(timeout=10).topics)
    refusal(answer, "again", lambda: settle(a.create_topics([topic])), name)
    for bad in (NewTopic("bad name!", 1, 1), NewTopic("admin-copies", 1, 3),
                NewTopic("admin-key", 1, 1, config={"no.such.key": "1"}),
                NewTopic("admin-value", 1, 1, config={"retention.ms": "soon"})):
        refusal(answer, bad.topic, lambda: settle(a.create_topics([bad])), name)
    partitions = a.list_topics("admin-topic", 10).topics["admin-topic"].partitions
    answer["described"] = ["%d led %s replicas %d in sync %d" % (p.id, p.leader >= 0, len(p.replicas), len(p.isrs))
                           for _, p in sorted(partitions.items())]
    settle(a.delete_topics(["admin-topic"]))
    await_that("no admin-topic", lambda: "admin-topic" not in a.list_topics(timeout=10).topics)
    refusal(answer, "delete it again", lambda: settle(a.delete_topics(["admin-topic"])), name)


def admin_partitions(answer):
    create("more")
    a = admin()
    settle(a.create_partitions([NewPartitions("more", 3)]))
    await_that("three partitions", lambda: len(a.list_topics("more", 10).topics["more"].partitions) == 3)
    fill("more", 2, 3)
    answer["records in the new one"] = read("more")
    for count in (3, 2):
        refusal(answer, "to %d" % count, lambda: settle(a.create_partitions([NewPartitions("more", count)])), name)
    refusal(answer, "unknown topic", lambda: settle(a.create_partitions([NewPartitions("no-such", 2)])), name)


def admin_configs(answer):
    create("configs")
    a = admin()

    def entry(key):
        resource = ConfigResource(ConfigResource.Type.TOPIC, "configs")
        found = a.describe_configs([resource])[resource].result()[key]
        return "%s source %s%s" % (found.value, found.source, " default" if found.is_default else "")

    def alter(**config):
        settle(a.alter_configs([ConfigResource(ConfigResource.Type.TOPIC, "configs", set_config={
            k.replace("_", "."): v for k, v in config.items()})]))

    answer["before"] = entry("retention.ms")
    alter(retention_ms="123456", cleanup_policy="compact")
    await_that("set", lambda: entry("retention.ms").startswith("123456 "))
    answer["set"] = [entry("retention.ms"), entry("cleanup.policy")]
    alter(cleanup_policy="compact")
    await_that("replaced", lambda: entry("retention.ms").startswith("604800000 "))
    answer["left out"] = [entry("retention.ms"), entry("cleanup.policy")]
    refusal(answer, "unknown key", lambda: alter(no_such_key="1"), name)
    refusal(answer, "ill-typed value", lambda: alter(retention_ms="soon"), name)


def admin_groups(answer):
    create("grouped", 2)
    a = admin()
    member = Member("admin-group", "grouped", partition_assignment_strategy="range")
    await_partitions([member], [2])

    def described():
        group = a.list_groups("admin-group", 10)[0]
        return [group.state, group.protocol_type, group.protocol, len(group.members)]

    answer["alive"] = described()
    answer["listed"] = any(group.id == "admin-group" for group in a.list_groups(timeout=10))
    member.consumer.close()
    answer["empty"] = described()


def admin_cluster(answer):
    found = admin().list_topics(timeout=10)
    answer.update(nodes=len(found.brokers), has_id=bool(found.cluster_id), controlled=found.controller_id in found.brokers)


SCENARIOS = Scenarios()
for each in ("none", "gzip", "snappy", "lz4", "zstd"):
    SCENARIOS.add("codec." + each, codec(each))
for each in ("range", "roundrobin", "cooperative-sticky"):
    SCENARIOS.add("group.rebalance." + each.replace("-", ""), rebalance(each))
for feature, scenario in {
    "records.headers": headers, "records.nulls": nulls, "records.timestamps": timestamps, "records.too-large": too_large,
    "produce.acks": acks, "produce.idempotent": idempotent, "produce.partitioner": partitioner,
    "offsets.commit": commit, "offsets.seek": seek, "offsets.by-timestamp": by_timestamp, "offsets.reset": reset,
    "group.static": static, "txn.commit": txn_commit, "txn.abort": txn_abort, "txn.open": txn_open,
    "txn.offsets": txn_offsets, "txn.fencing": txn_fencing, "admin.topics": admin_topics,
    "admin.partitions": admin_partitions, "admin.configs.topic": admin_configs, "admin.groups": admin_groups,
    "admin.cluster": admin_cluster,
}.items():
    SCENARIOS.add(feature, scenario)

if __name__ == "__main__":
    SCENARIOS.main(sys.argv[2:])

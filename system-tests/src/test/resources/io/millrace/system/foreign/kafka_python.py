"""kafka-python as Debian ships it. Arguments: host:port, then features, none for all."""
import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import (ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, ConfigResource,
                         ConfigResourceType, NewPartitions, NewTopic, ResourcePatternFilter, ResourceType)
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError

from scenarios import Scenarios, await_that, digest, refusal, text

BOOTSTRAP = sys.argv[1]


def name(error):
    return type(error).__name__


def admin():
    return KafkaAdminClient(bootstrap_servers=BOOTSTRAP)


def producer(**config):
    return KafkaProducer(bootstrap_servers=BOOTSTRAP, **config)


def consumer(group=None, **config):
    config.setdefault("enable_auto_commit", False)
    config.setdefault("auto_offset_reset", "earliest")
    return KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=group, **config)


def create(topic, partitions=1, **config):
    client = admin()
    client.create_topics([NewTopic(topic, partitions, 1, topic_configs=config)])
    await_that(topic, lambda: topic in client.list_topics())
    client.close()


def data(value):
    return None if value is None else value.encode()


def fill(topic, partition, count):
    p = producer()
    for i in range(count):
        p.send(topic, data("v%d" % i), data("k%d" % i), partition=partition)
    p.close()


def show(record):
    shown = "%d@%d %s=%s" % (record.partition, record.offset, text(record.key), text(record.value))
    return shown + (" {%s}" % ",".join("%s=%s" % (k, text(v)) for k, v in record.headers) if record.headers else "")


def read(topic, partitions=1):
    """Everything up to the end, by partition and offset, once there are so many partitions."""
    c = consumer()
    await_that(topic, lambda: c.topics() and len(c.partitions_for_topic(topic) or ()) >= partitions)
    partitions = [TopicPartition(topic, p) for p in sorted(c.partitions_for_topic(topic))]
    c.assign(partitions)
    c.seek_to_beginning()
    ends = c.end_offsets(partitions)
    found = []

    def more():
        for records in c.poll(200).values():
            found.extend(records)
        return all(c.position(p) >= ends[p] for p in partitions)

    await_that("end of " + topic, more)
    c.close()
    return [show(r) for r in sorted(found, key=lambda r: (r.partition, r.offset))]


def poll(c, count):
    found = []

    def more():
        for records in c.poll(200).values():
            found.extend(records)
        return len(found) >= count

    await_that("%d records" % count, more)
    return found


def codec(which):
    def run(answer):
        topic = "codec-" + which
        create(topic)
        p = producer(compression_type=None if which == "none" else which, linger_ms=50)
        for i in range(200):
            p.send(topic, data("value-%d-%s" % (i, "x" * i)), data("k%d" % i))
        p.close()
        found = read(topic)
        answer.update(count=len(found), first=found[0], digest=digest(found))
    return run


def headers(answer):
    create("headers")
    p = producer()
    p.send("headers", b"v", b"k", headers=[("a", b"1"), ("a", b"2"), ("empty", b"")])
    p.close()
    answer["records"] = read("headers")


def nulls(answer):
    create("nulls")
    p = producer()
    for value, key in (("v", None), (None, "k"), ("", "")):
        p.send("nulls", data(value), data(key))
    p.close()
    answer["records"] = read("nulls")


def timestamps(answer):
    create("create-time")
    create("append-time", **{"message.timestamp.type": "LogAppendTime"})
    before = time.time() * 1000 - 60000
    p = producer()
    p.send("create-time", b"v", timestamp_ms=1700000000123)
    p.send("append-time", b"v", timestamp_ms=5)
    p.close()
    for topic in ("create-time", "append-time"):
        c = consumer()
        c.assign([TopicPartition(topic, 0)])
        record = poll(c, 1)[0]
        answer[topic] = [record.timestamp_type, "now" if record.timestamp > before else record.timestamp]
        c.close()


def too_large(answer):
    create("too-large", **{"max.message.bytes": "1000"})
    p = producer()
    refusal(answer, "2000 bytes", lambda: p.send("too-large", b"x" * 2000).get(20), name)
    p.close()


def acks(answer):
    create("acks")
    for which in (0, 1, "all"):
        p = producer(acks=which)
        p.send("acks", str(which).encode())
        p.close()
    answer["values"] = sorted(record.split("=")[1] for record in read("acks"))


def partitioner(answer):
    create("partitioner", 5)
    p = producer()
    for i in range(20):
        p.send("partitioner", b"v", data("key%d" % i))
    p.close()
    answer["records"] = read("partitioner")


def committed(c, topic, partitions):
    return {"%s-%d" % (topic, p): c.committed(TopicPartition(topic, p)) for p in range(partitions)}


def commit(answer):
    create("commit", 2)
    fill("commit", 0, 10)
    fill("commit", 1, 10)
    c = consumer("commit-group")
    answer["before"] = committed(c, "commit", 2)
    c.commit({TopicPartition("commit", 0): OffsetAndMetadata(4, "noted"),
              TopicPartition("commit", 1): OffsetAndMetadata(0, "")})
    answer["after"] = committed(c, "commit", 2)
    answer["noted"] = c.committed(TopicPartition("commit", 0), metadata=True).metadata
    c.close()
    c = consumer("commit-group")
    c.subscribe(["commit"])
    poll(c, 16)
    c.commit()
    answer["read to the end"] = committed(c, "commit", 2)
    c.close()


def auto_commit(answer):
    create("auto-commit")
    fill("auto-commit", 0, 7)
    c = consumer("auto-commit-group", enable_auto_commit=True)
    c.subscribe(["auto-commit"])
    poll(c, 7)
    c.close()
    c = consumer("auto-commit-group")
    answer["committed by close"] = committed(c, "auto-commit", 1)
    c.close()


def seek(answer):
    create("seek")
    fill("seek", 0, 10)
    partition = TopicPartition("seek", 0)
    c = consumer()
    c.assign([partition])
    c.seek(partition, 5)
    answer["from 5"] = show(poll(c, 1)[0])
    c.seek_to_end()
    answer["end"] = c.position(partition)
    c.seek_to_beginning()
    answer["beginning"] = c.position(partition)
    c.close()


def by_timestamp(answer):
    create("by-timestamp")
    start = 1700000000000
    p = producer()
    for at in (0, 1000, 2000, 1500, 3000):
        p.send("by-timestamp", data("v%d" % at), timestamp_ms=start + at).get(20)
    p.close()
    partition = TopicPartition("by-timestamp", 0)
    c = consumer()
    for at in (-1000, 0, 1, 1600, 2500, 3000, 3001):
        found = c.offsets_for_times({partition: start + at})[partition]
        answer["at %d" % at] = None if found is None else [found.offset, found.timestamp - start]
    answer["bounds"] = [c.beginning_offsets([partition])[partition], c.end_offsets([partition])[partition]]
    c.close()


def reset(answer):
    create("reset")
    fill("reset", 0, 10)
    partition = TopicPartition("reset", 0)
    for policy in ("earliest", "latest"):
        c = consumer(auto_offset_reset=policy)
        c.assign([partition])
        c.seek(partition, 1000)

        def moved():
            c.poll(100)
            return c.position(partition) != 1000

        await_that("reset", moved)
        answer[policy] = c.position(partition)
        c.close()


class Member:
    def __init__(self, group, topic, assignor):
        self.consumer = consumer(group, partition_assignment_strategy=[assignor])
        self.read = set()
        self.consumer.subscribe([topic])

    def poll(self):
        for records in self.consumer.poll(50).values():
            self.read.update(show(r) for r in records)

    def partitions(self):
        return sorted(p.partition for p in self.consumer.assignment())


def await_partitions(members, counts):
    """Joining holds a member until the others have joined too, so each polls on a thread of its own."""
    stop = threading.Event()

    def keep_polling(member):
        while not stop.is_set():
            member.poll()

    threads = [threading.Thread(target=keep_polling, args=(member,), daemon=True) for member in members]
    for thread in threads:
        thread.start()
    try:
        await_that("partitions %s" % counts, lambda: [len(member.partitions()) for member in members] == counts)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def rebalance(assignor):
    def run(answer):
        topic = "group-" + assignor.name
        create(topic, 4)
        for p in range(4):
            fill(topic, p, 5)
        first = Member(topic, topic, assignor)
        await_partitions([first], [4])
        second = Member(topic, topic, assignor)
        await_partitions([first, second], [2, 2])
        answer["two members share"] = sorted(first.partitions() + second.partitions())
        second.consumer.commit()
        second.consumer.close()
        await_partitions([first], [4])
        answer["alone again"] = first.partitions()
        for p in range(4):
            fill(topic, p, 5)

        def all_read():
            first.poll()
            return len(first.read | second.read) == 40

        await_that("all records", all_read)
        first.consumer.commit()
        answer["committed"] = committed(first.consumer, topic, 4)
        first.consumer.close()
    return run


def admin_topics(answer):
    a = admin()
    topic = NewTopic("admin-topic", 3, 1, topic_configs={"retention.ms": "123456"})
    a.create_topics([topic], validate_only=True)
    a.create_topics([topic])
    await_that("admin-topic", lambda: "admin-topic" in a.list_topics())
    refusal(answer, "again", lambda: a.create_topics([topic]), name)
    for bad in (NewTopic("bad name!", 1, 1), NewTopic("admin-copies", 1, 3), NewTopic("admin-none", 0, 1),
                NewTopic("admin-key", 1, 1, topic_configs={"no.such.key": "1"})):
        refusal(answer, bad.name, lambda: a.create_topics([bad]), name)
    described = a.describe_topics(["admin-topic"])[0]
    answer["described"] = [[p["partition"], len(p["replicas"]), len(p["isr"]), p["error_code"]]
                           for p in sorted(described["partitions"], key=lambda p: p["partition"])]
    a.delete_topics(["admin-topic"])
    await_that("no admin-topic", lambda: "admin-topic" not in a.list_topics())
    refusal(answer, "delete it again", lambda: a.delete_topics(["admin-topic"]), name)
    a.close()


def admin_partitions(answer):
    create("more")
    a = admin()
    a.create_partitions({"more": NewPartitions(3)})
    await_that("three partitions", lambda: len(a.describe_topics(["more"])[0]["partitions"]) == 3)
    fill("more", 2, 3)
    answer["records in the new one"] = read("more", 3)
    refusal(answer, "to 2", lambda: a.create_partitions({"more": NewPartitions(2)}), name)
    a.close()


def admin_configs(answer):
    create("configs")
    a = admin()

    def entry(key):
        response = a.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "configs")])[0]
        found = {e[0]: e for e in response.resources[0][4]}[key]
        return list(found[1:5])

    answer["before"] = entry("retention.ms")
    a.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "configs", configs={"retention.ms": "123456"})])
    await_that("set", lambda: entry("retention.ms")[0] == "123456")
    answer["set"] = entry("retention.ms")
    refused = a.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "configs", configs={"no.such.key": "1"})])
    answer["unknown key"] = refused.resources[0][0]
    a.close()


def admin_groups(answer):
    create("grouped", 2)
    a = admin()
    member = Member("admin-group", "grouped", RangePartitionAssignor)
    await_partitions([member], [2])

    def described():
        group = a.describe_consumer_groups(["admin-group"])[0]
        return [group.state, group.protocol_type, group.protocol, len(group.members)]

    answer["alive"] = described()
    answer["listed"] = ("admin-group", "consumer") in a.list_consumer_groups()
    answer["delete it alive"] = [e.__name__ for _, e in a.delete_consumer_groups(["admin-group"])]
    member.consumer.commit({TopicPartition("grouped", 0): OffsetAndMetadata(0, "x")})
    member.consumer.close()
    answer["empty"] = described()
    answer["offsets"] = {str(p.partition): list(o) for p, o in a.list_consumer_group_offsets("admin-group").items()}
    answer["deleted"] = [e.__name__ for _, e in a.delete_consumer_groups(["admin-group"])]
    a.close()


def admin_cluster(answer):
    a = admin()
    found = a.describe_cluster()
    answer.update(nodes=len(found["brokers"]), has_id=bool(found["cluster_id"]))
    a.close()


def admin_acls(answer):
    a = admin()
    everything = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY,
                           ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY))
    refusal(answer, "without an authorizer", lambda: a.describe_acls(everything), name)
    a.close()


def inferred_version(answer):
    c = consumer()
    answer["of the broker"] = list(c.config["api_version"])
    c.close()


SCENARIOS = Scenarios()
for each in ("none", "gzip", "snappy", "lz4", "zstd"):
    SCENARIOS.add("codec." + each, codec(each))
for each in (RangePartitionAssignor, RoundRobinPartitionAssignor):
    SCENARIOS.add("group.rebalance." + each.name, rebalance(each))
for feature, scenario in {
    "records.headers": headers, "records.nulls": nulls, "records.timestamps": timestamps, "records.too-large": too_large,
    "produce.acks": acks, "produce.partitioner": partitioner, "offsets.commit": commit, "offsets.auto-commit": auto_commit,
    "offsets.seek": seek, "offsets.by-timestamp": by_timestamp, "offsets.reset": reset, "admin.topics": admin_topics,
    "admin.partitions": admin_partitions, "admin.configs.topic": admin_configs, "admin.groups": admin_groups,
    "admin.cluster": admin_cluster, "admin.acls": admin_acls, "admin.inferred-version": inferred_version,
}.items():
    SCENARIOS.add(feature, scenario)

if __name__ == "__main__":
    SCENARIOS.main(sys.argv[2:])

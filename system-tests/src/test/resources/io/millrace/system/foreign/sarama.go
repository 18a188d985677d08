// Sarama as Debian ships it. Arguments: host:port, then features, none for all; one line of JSON for each scenario.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/Shopify/sarama"
)

const patience = 60 * time.Second

type answer map[string]interface{}

type scenario func(answer) error

var bootstrap = []string{os.Args[1]}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V2_2_0_0
	c.Producer.Return.Successes = true
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	c.Consumer.Return.Errors = true
	c.Metadata.Retry.Max = 20
	return c
}

func await(what string, question func() bool) error {
	for deadline := time.Now().Add(patience); !question(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s", what, patience)
		}
	}
	return nil
}

func refusal(a answer, what string, err error) {
	var topic *sarama.TopicError
	var code sarama.KError
	switch {
	case err == nil:
		a[what] = "not refused"
	case errors.As(err, &topic):
		a[what] = fmt.Sprintf("error %d", topic.Err)
	case errors.As(err, &code):
		a[what] = fmt.Sprintf("error %d", code)
	default:
		a[what] = strings.Split(err.Error(), " - ")[0] // the rest is the broker's own words
	}
}

func withAdmin(use func(sarama.ClusterAdmin) error) error {
	admin, err := sarama.NewClusterAdmin(bootstrap, config())
	if err != nil {
		return err
	}
	defer admin.Close()
	return use(admin)
}

func listed(admin sarama.ClusterAdmin, topic string, partitions int) func() bool {
	return func() bool {
		found, err := admin.DescribeTopics([]string{topic})
		if err != nil || found[0].Err != sarama.ErrNoError || len(found[0].Partitions) != partitions {
			return false
		}
		for _, partition := range found[0].Partitions {
			if partition.Err != sarama.ErrNoError || partition.Leader < 0 {
				return false
			}
		}
		return true
	}
}

func create(topic string, partitions int, entries map[string]*string) error {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: 1, ConfigEntries: entries}
		if err := admin.CreateTopic(topic, detail, false); err != nil {
			return err
		}
		return await(topic, listed(admin, topic, partitions))
	})
}

func send(c *sarama.Config, messages ...*sarama.ProducerMessage) error {
	producer, err := sarama.NewSyncProducer(bootstrap, c)
	if err != nil {
		return err
	}
	defer producer.Close()
	return producer.SendMessages(messages)
}

func message(topic string, partition int, key, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Partition: int32(partition), Key: sarama.StringEncoder(key), Value: sarama.StringEncoder(value)}
}

func fill(topic string, partition, count int) error {
	var messages []*sarama.ProducerMessage
	for i := 0; i < count; i++ {
		messages = append(messages, message(topic, partition, fmt.Sprintf("k%d", i), fmt.Sprintf("v%d", i)))
	}
	return send(config(), messages...)
}

func text(data []byte) string {
	if data == nil {
		return "null"
	}
	return string(data)
}

func show(m *sarama.ConsumerMessage) string {
	var headers []string
	for _, h := range m.Headers {
		headers = append(headers, text(h.Key)+"="+text(h.Value))
	}
	shown := fmt.Sprintf("%d@%d %s=%s", m.Partition, m.Offset, text(m.Key), text(m.Value))
	if headers != nil {
		shown += " {" + strings.Join(headers, ",") + "}"
	}
	return shown
}

// take reads count messages of a partition from an offset on.
func take(topic string, partition int32, offset int64, count int) ([]*sarama.ConsumerMessage, error) {
	consumer, err := sarama.NewConsumer(bootstrap, config())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	stream, err := consumer.ConsumePartition(topic, partition, offset)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	var found []*sarama.ConsumerMessage
	late := time.After(patience)
	for len(found) < count {
		select {
		case m := <-stream.Messages():
			found = append(found, m)
		case err := <-stream.Errors():
			return found, err
		case <-late:
			return found, fmt.Errorf("%d of %d messages", len(found), count)
		}
	}
	return found, nil
}

func read(topic string, partition int32, count int) ([]string, error) {
	found, err := take(topic, partition, sarama.OffsetOldest, count)
	var shown []string
	for _, m := range found {
		shown = append(shown, show(m))
	}
	return shown, err
}

func codec(name string, which sarama.CompressionCodec) scenario {
	return func(a answer) error {
		topic := "codec-" + name
		if err := create(topic, 1, nil); err != nil {
			return err
		}
		c := config()
		c.Producer.Compression = which
		var messages []*sarama.ProducerMessage
		for i := 0; i < 200; i++ {
			messages = append(messages, message(topic, 0, fmt.Sprintf("k%d", i), fmt.Sprintf("value-%d-%s", i, strings.Repeat("x", i))))
		}
		if err := send(c, messages...); err != nil {
			return err
		}
		found, err := read(topic, 0, 200)
		a["count"] = len(found)
		a["digest"] = crc32.ChecksumIEEE([]byte(strings.Join(found, "\n")))
		return err
	}
}

func headers(a answer) error {
	if err := create("headers", 1, nil); err != nil {
		return err
	}
	m := message("headers", 0, "k", "v")
	m.Headers = []sarama.RecordHeader{{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("a"), Value: []byte("2")}, {Key: []byte("none")}}
	if err := send(config(), m); err != nil {
		return err
	}
	found, err := read("headers", 0, 1)
	a["records"] = found
	return err
}

func nulls(a answer) error {
	if err := create("nulls", 1, nil); err != nil {
		return err
	}
	err := send(config(), &sarama.ProducerMessage{Topic: "nulls", Value: sarama.StringEncoder("v")},
		&sarama.ProducerMessage{Topic: "nulls", Key: sarama.StringEncoder("k")}, &sarama.ProducerMessage{Topic: "nulls"}, message("nulls", 0, "", ""))
	if err != nil {
		return err
	}
	found, err := read("nulls", 0, 4)
	a["records"] = found
	return err
}

func tooLarge(a answer) error {
	limit := "1000"
	if err := create("too-large", 1, map[string]*string{"max.message.bytes": &limit}); err != nil {
		return err
	}
	err := send(config(), message("too-large", 0, "k", strings.Repeat("x", 2000)))
	var many sarama.ProducerErrors
	if errors.As(err, &many) {
		err = many[0].Err
	}
	refusal(a, "2000 bytes", err)
	return nil
}

func acks(a answer) error {
	if err := create("acks", 1, nil); err != nil {
		return err
	}
	for _, required := range []sarama.RequiredAcks{sarama.NoResponse, sarama.WaitForLocal, sarama.WaitForAll} {
		c := config()
		c.Producer.RequiredAcks = required
		if err := send(c, message("acks", 0, "k", fmt.Sprint(required))); err != nil {
			return err
		}
	}
	found, err := read("acks", 0, 3)
	sort.Slice(found, func(i, j int) bool { return strings.Split(found[i], "=")[1] < strings.Split(found[j], "=")[1] })
	a["count"] = len(found)
	return err
}

func idempotent(a answer) error {
	if err := create("idempotent", 1, nil); err != nil {
		return err
	}
	c := config()
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	for i := 0; i < 10; i++ {
		if err := send(c, message("idempotent", 0, "k", fmt.Sprint("a", i)), message("idempotent", 0, "k", fmt.Sprint("b", i))); err != nil {
			return err
		}
	}
	found, err := read("idempotent", 0, 20)
	a["records"] = found
	return err
}

func offsets(a answer) error {
	if err := create("offsets", 1, nil); err != nil {
		return err
	}
	if err := fill("offsets", 0, 10); err != nil {
		return err
	}
	client, err := sarama.NewClient(bootstrap, config())
	if err != nil {
		return err
	}
	defer client.Close()
	for name, at := range map[string]int64{"oldest": sarama.OffsetOldest, "newest": sarama.OffsetNewest, "at 0": 0} {
		if a[name], err = client.GetOffset("offsets", 0, at); err != nil {
			return err
		}
	}
	found, err := take("offsets", 0, 7, 1)
	if err == nil {
		a["from 7"] = show(found[0])
	}
	_, err = take("offsets", 0, 1000, 1)
	refusal(a, "from 1000", err)
	return nil
}

func commit(a answer) error {
	if err := create("commit", 1, nil); err != nil {
		return err
	}
	client, err := sarama.NewClient(bootstrap, config())
	if err != nil {
		return err
	}
	defer client.Close()
	for i := int64(1); i <= 2; i++ {
		manager, err := sarama.NewOffsetManagerFromClient("commit-group", client)
		if err != nil {
			return err
		}
		partition, err := manager.ManagePartition("commit", 0)
		if err != nil {
			return err
		}
		next, noted := partition.NextOffset()
		a[fmt.Sprint("round ", i)] = fmt.Sprint(next, " '", noted, "'")
		partition.MarkOffset(4*i, "noted")
		if err := partition.Close(); err != nil {
			return err
		}
		if err := manager.Close(); err != nil {
			return err
		}
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		found, err := admin.ListConsumerGroupOffsets("commit-group", map[string][]int32{"commit": {0}})
		if err != nil {
			return err
		}
		a["committed"] = found.GetBlock("commit", 0).Offset
		return lost(found.GetBlock("commit", 0).Offset)
	})
}

// lost tells of commits that came to nothing: Sarama does not tell when a broker refuses them.
func lost(committed int64) error {
	if committed < 0 {
		return errors.New("what was committed is not there")
	}
	return nil
}

// member is one consumer of a group; it marks what it reads.
type member struct {
	mutex   sync.Mutex
	group   sarama.ConsumerGroup
	claimed []int32
	read    map[string]bool
	stop    context.CancelFunc
	done    chan struct{}
}

func join(group, topic string, strategy sarama.BalanceStrategy) (*member, error) {
	c := config()
	c.Consumer.Group.Rebalance.Strategy = strategy
	consumer, err := sarama.NewConsumerGroup(bootstrap, group, c)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	m := &member{group: consumer, read: map[string]bool{}, stop: stop, done: make(chan struct{})}
	go func() {
		for err := range consumer.Errors() {
			fmt.Fprintln(os.Stderr, group, err)
		}
	}()
	go func() {
		defer close(m.done)
		for running.Err() == nil {
			if err := consumer.Consume(running, []string{topic}, m); err != nil {
				fmt.Fprintln(os.Stderr, group, err)
				time.Sleep(50 * time.Millisecond)
			}
		}
	}()
	return m, nil
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.claimed = nil
	for _, partitions := range session.Claims() {
		m.claimed = append(m.claimed, partitions...)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for one := range claim.Messages() {
		m.mutex.Lock()
		m.read[show(one)] = true
		m.mutex.Unlock()
		session.MarkMessage(one, "")
	}
	return nil
}

func (m *member) partitions() []int32 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return append([]int32(nil), m.claimed...)
}

func (m *member) seen(into map[string]bool) int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for one := range m.read {
		into[one] = true
	}
	return len(into)
}

func (m *member) leave() error {
	m.stop()
	<-m.done
	return m.group.Close()
}

func rebalance(name string, strategy sarama.BalanceStrategy) scenario {
	return func(a answer) error {
		topic := "group-" + name
		if err := create(topic, 4, nil); err != nil {
			return err
		}
		first, err := join(topic, topic, strategy)
		if err != nil {
			return err
		}
		if err := await("all partitions", func() bool { return len(first.partitions()) == 4 }); err != nil {
			return err
		}
		second, err := join(topic, topic, strategy)
		if err != nil {
			return err
		}
		if err := await("two each", func() bool { return len(first.partitions()) == 2 && len(second.partitions()) == 2 }); err != nil {
			return err
		}
		share := append(first.partitions(), second.partitions()...)
		sort.Slice(share, func(i, j int) bool { return share[i] < share[j] })
		a["two members share"] = share
		seen := map[string]bool{}
		for round := 1; round <= 2; round++ {
			for p := 0; p < 4; p++ {
				if err := fill(topic, p, 5); err != nil {
					return err
				}
			}
			if err := await("records", func() bool { first.seen(seen); return second.seen(seen) == 20*round }); err != nil {
				return err
			}
			if round == 1 {
				if err := second.leave(); err != nil {
					return err
				}
				if err := await("all partitions again", func() bool { return len(first.partitions()) == 4 }); err != nil {
					return err
				}
			}
		}
		a["alone again"] = len(first.partitions())
		if err := first.leave(); err != nil {
			return err
		}
		return withAdmin(func(admin sarama.ClusterAdmin) error {
			found, err := admin.ListConsumerGroupOffsets(topic, map[string][]int32{topic: {0, 1, 2, 3}})
			if err != nil {
				return err
			}
			for p := int32(0); p < 4; p++ {
				a[fmt.Sprint("committed ", p)] = found.GetBlock(topic, p).Offset
			}
			return lost(found.GetBlock(topic, 0).Offset)
		})
	}
}

func adminTopics(a answer) error {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		detail := &sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 1}
		if err := admin.CreateTopic("admin-topic", detail, true); err != nil {
			return err
		}
		if err := admin.CreateTopic("admin-topic", detail, false); err != nil {
			return err
		}
		if err := await("admin-topic", listed(admin, "admin-topic", 3)); err != nil {
			return err
		}
		refusal(a, "again", admin.CreateTopic("admin-topic", detail, false))
		refusal(a, "bad name", admin.CreateTopic("bad name!", detail, false))
		refusal(a, "three copies", admin.CreateTopic("admin-copies", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 3}, false))
		all, err := admin.ListTopics()
		if err != nil {
			return err
		}
		a["partitions"] = all["admin-topic"].NumPartitions
		if err := admin.DeleteTopic("admin-topic"); err != nil {
			return err
		}
		err = await("gone", func() bool {
			found, err := admin.ListTopics()
			_, there := found["admin-topic"]
			return err == nil && !there
		})
		refusal(a, "delete it again", admin.DeleteTopic("admin-topic"))
		return err
	})
}

func adminPartitions(a answer) error {
	if err := create("more", 1, nil); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		if err := admin.CreatePartitions("more", 3, nil, false); err != nil {
			return err
		}
		if err := await("three", listed(admin, "more", 3)); err != nil {
			return err
		}
		if err := fill("more", 2, 3); err != nil {
			return err
		}
		refusal(a, "to 2", admin.CreatePartitions("more", 2, nil, false))
		found, err := read("more", 2, 3)
		a["records"] = found
		return err
	})
}

func adminConfigs(a answer) error {
	if err := create("configs", 1, nil); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		entry := func() string {
			found, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: "configs", ConfigNames: []string{"retention.ms"}})
			if err != nil {
				return err.Error()
			}
			return fmt.Sprint(found[0].Value, " source ", found[0].Source, " default ", found[0].Default)
		}
		a["before"] = entry()
		week := "123456"
		if err := admin.AlterConfig(sarama.TopicResource, "configs", map[string]*string{"retention.ms": &week}, false); err != nil {
			return err
		}
		err := await("set", func() bool { return strings.HasPrefix(entry(), week) })
		a["set"] = entry()
		unknown := admin.AlterConfig(sarama.TopicResource, "configs", map[string]*string{"no.such.key": &week}, false)
		a["unknown key refused"] = unknown != nil
		return err
	})
}

func adminGroups(a answer) error {
	if err := create("grouped", 2, nil); err != nil {
		return err
	}
	one, err := join("admin-group", "grouped", sarama.BalanceStrategyRange)
	if err != nil {
		return err
	}
	if err := await("assigned", func() bool { return len(one.partitions()) == 2 }); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		describe := func(when string) error {
			found, err := admin.DescribeConsumerGroups([]string{"admin-group"})
			if err == nil {
				a[when] = []interface{}{found[0].State, found[0].ProtocolType, found[0].Protocol, len(found[0].Members)}
			}
			return err
		}
		if err := describe("alive"); err != nil {
			return err
		}
		all, err := admin.ListConsumerGroups()
		if err != nil {
			return err
		}
		a["listed"] = all["admin-group"]
		if err := one.leave(); err != nil {
			return err
		}
		return describe("empty")
	})
}

func adminDeleteRecords(a answer) error {
	if err := create("deleted-records", 1, nil); err != nil {
		return err
	}
	if err := fill("deleted-records", 0, 10); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		if err := admin.DeleteRecords("deleted-records", map[int32]int64{0: 4}); err != nil {
			return err
		}
		found, err := read("deleted-records", 0, 6)
		a["left"] = found
		a["beyond the end refused"] = admin.DeleteRecords("deleted-records", map[int32]int64{0: 11}) != nil
		return err
	})
}

func adminCluster(a answer) error {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		brokers, controller, err := admin.DescribeCluster()
		a["brokers"] = len(brokers)
		a["controlled"] = err == nil && brokers[0].ID() == controller
		return err
	})
}

func run(feature string, one scenario, print chan<- string) {
	a := answer{}
	line := map[string]interface{}{"feature": feature}
	done := make(chan error, 1)
	go func() { done <- one(a) }()
	select {
	case err := <-done:
		if err != nil {
			line["error"] = fmt.Sprint(err, " after ", a)
		} else {
			line["answer"] = a
		}
	case <-time.After(2 * patience):
		line["error"] = fmt.Sprint("not done after ", 2*patience)
	}
	text, _ := json.Marshal(line)
	// The feature comes first, as the reader of these lines expects.
	print <- fmt.Sprintf("{\"feature\":%q,%s", feature, strings.TrimPrefix(strings.Replace(string(text), fmt.Sprintf(",\"feature\":%q", feature), "", 1), "{"))
}

func main() {
	scenarios := map[string]scenario{
		"codec.none": codec("none", sarama.CompressionNone), "codec.gzip": codec("gzip", sarama.CompressionGZIP),
		"codec.snappy": codec("snappy", sarama.CompressionSnappy), "codec.lz4": codec("lz4", sarama.CompressionLZ4),
		"records.headers": headers, "records.nulls": nulls,
		"records.too-large": tooLarge, "produce.acks": acks, "produce.idempotent": idempotent, "offsets.seek": offsets,
		"offsets.commit": commit, "group.rebalance.range": rebalance("range", sarama.BalanceStrategyRange),
		"group.rebalance.roundrobin": rebalance("roundrobin", sarama.BalanceStrategyRoundRobin), "admin.topics": adminTopics,
		"admin.partitions": adminPartitions, "admin.configs.topic": adminConfigs, "admin.groups": adminGroups,
		"admin.delete-records": adminDeleteRecords, "admin.cluster": adminCluster,
	}
	wanted := os.Args[2:]
	if len(wanted) == 0 {
		for feature := range scenarios {
			wanted = append(wanted, feature)
		}
	}
	print := make(chan string)
	for _, feature := range wanted {
		go run(feature, scenarios[feature], print)
	}
	for range wanted {
		fmt.Println(<-print)
	}
}

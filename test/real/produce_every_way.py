"""Writes to a topic for each codec and mode with librdkafka: produce_every_way.py broker records."""

import sys

from confluent_kafka import Producer

broker, count = sys.argv[1], int(sys.argv[2])
for mode in ("plain", "idempotent", "transactional"):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = f"librdkafka-{mode}-{codec}"
        settings = {
            "bootstrap.servers": broker,
            "compression.type": codec,
            "linger.ms": 50,
            "batch.size": 200_000,
            "enable.idempotence": mode != "plain",
        }
        if mode == "transactional":
            settings["transactional.id"] = topic
        producer = Producer(settings)
        if mode == "transactional":
            producer.init_transactions(30)
            producer.begin_transaction()
            for i in range(10):
                producer.produce(topic, key="key", value="aborted")
            producer.flush(30)
            producer.abort_transaction(30)
            producer.begin_transaction()
        for i in range(count):
            text = "compressible " * (i % 50)
            producer.produce(topic, key=f"key-{i}", value=f'{{"number": {i}, "text": "{text}"}}')
        if mode == "transactional":
            producer.commit_transaction(30)
        if producer.flush(30) > 0:
            sys.exit(f"{topic}: not all was written")

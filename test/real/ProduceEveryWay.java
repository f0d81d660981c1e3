import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes to a topic for each codec and mode with Kafka's own client: `java -cp … ProduceEveryWay.java broker records`. */
public class ProduceEveryWay {
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[1]);
    for (String mode : List.of("plain", "idempotent", "transactional")) {
      for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
        String topic = "java-" + mode + "-" + codec;
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("compression.type", codec);
        properties.put("linger.ms", "50");
        properties.put("batch.size", "200000");
        properties.put("enable.idempotence", String.valueOf(!mode.equals("plain")));
        if (mode.equals("transactional")) properties.put("transactional.id", topic);
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
          if (mode.equals("transactional")) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, "key", "aborted"));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
          }
          for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, "key-" + i, valueOf(i)));
          if (mode.equals("transactional")) producer.commitTransaction();
        }
      }
    }
  }

  private static String valueOf(int i) {
    return "{\"number\": " + i + ", \"text\": \"" + "compressible ".repeat(i % 50) + "\"}";
  }
}

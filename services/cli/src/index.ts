export { KAFKA_USERS, kafkaRights, type KafkaRight, type KafkaUser } from './access/kafka-access.js';
export { STORE_GRANTS, STORE_USERS, type StoreGrant, type StoreUser } from './access/store-access.js';
export { topicSettings } from './topic-settings.js';

export { TidemarkClient, type ClientEvent, type ClientOptions, type ConnectOptions } from './client.js';
export type { FeatureValue, InferenceEvent, Prediction } from '@tidemark/contracts';

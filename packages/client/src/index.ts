export {
  TidemarkClient,
  type ClientEvent,
  type ClientGroundTruth,
  type ClientOptions,
  type ConnectOptions,
} from './client.js';
export type { RegistryOptions, RegistrySettings } from './registry-settings.js';
export type { FeatureValue, GroundTruth, InferenceEvent, Prediction } from '@tidemark/contracts';

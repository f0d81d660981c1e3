export { parseStoreConfig } from './store-config.js';
export { Store } from './store.js';

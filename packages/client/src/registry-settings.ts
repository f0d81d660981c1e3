import { ConfluentRegistry, type Certificates } from '@tidemark/contracts';

/** How to reach the schema registry. */
export interface RegistrySettings {
  /** Its base address: `http://localhost:8081`, or `https://host/apis/ccompat/v7` for Apicurio. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /**
   * In PEM, where the address is https: the authorities that may have signed the registry's certificate (those of the system unless
   * stated), and a client certificate with its key. The registry's certificate and name are checked in any case.
   */
  readonly certificates?: Partial<Certificates>;
}

/** The registry, in one of two forms. */
export interface RegistryOptions {
  readonly registry?: RegistrySettings;
  /** The short form of `registry: { url }`, which goes before it. */
  readonly registryUrl?: string;
}

/** @throws TypeError where neither form is given. */
export function registryOf({ registry, registryUrl }: RegistryOptions): ConfluentRegistry {
  const { url = registryUrl, auth, certificates }: Partial<RegistrySettings> = registry ?? {};
  if (url === undefined) throw new TypeError('The schema registry is missing: registry: { url } or registryUrl');
  return new ConfluentRegistry({
    url,
    ...(auth === undefined ? {} : { auth }),
    ...(certificates === undefined
      ? {}
      : { certificates: { ca: null, certificate: null, key: null, ...certificates } }),
  });
}

import { RECORD_NAMES, schemaOf, subjectOf, topicsOf, type ServiceSettings } from '@tidemark/contracts';
import { openLog, openRegistry, openServer, settingsFromEnvironment } from '../connections.js';
import { grantCommand } from '../access/kafka-access.js';
import { checkKafkaRights, SERVICES, type ServiceName } from '../doctor/access-checks.js';
import { checkReader, checkTopic, readersOf } from '../doctor/kafka-checks.js';
import { checking, ok, toMend, type Finding } from '../doctor/finding.js';
import { checkStore } from '../doctor/store-checks.js';
import { ExitCode, UsageError } from '../exit-codes.js';
import { loadMonitors } from '../monitor-files.js';
import { print, printJson, table } from '../terminal.js';
import { topicSettings } from '../topic-settings.js';

export interface DoctorOptions {
  readonly output: 'table' | 'json';
  /** Whose rights are checked; those of all services unless stated, as one user may run all. */
  readonly service?: ServiceName;
  /** Who has them in Kafka, as `User:ann`; whoever asks, unless stated. */
  readonly principal?: string;
}

/**
 * Looks at all that services need, by the settings that they would run with, and says how to mend what is wrong. Changes nothing.
 *
 * @returns the exit code: 1 where something is to be mended.
 */
export async function runDoctor({ output, service, principal }: DoctorOptions): Promise<number> {
  const settings = settingsFromEnvironment();
  const services = service === undefined ? SERVICES : [service];
  const findings = [
    ...(await checkMonitors(settings)),
    ...(await checkKafka(settings, services, principal)),
    ...(await checkRegistry(settings)),
    ...(await checkClickHouse(settings, services)),
  ];
  const wrong = findings.filter(({ mend }) => mend !== null);
  if (output === 'json')
    for (const { check, found, mend } of findings) printJson({ check, ok: mend === null, found, mend });
  else {
    print(
      ...table(
        ['check', '', 'found'],
        findings.map(({ check, found, mend }) => [check, mend === null ? 'ok' : 'mend', found]),
      ),
    );
    print(
      '',
      wrong.length === 0 ? 'All is well.' : 'To mend:',
      ...wrong.map(({ check, mend }) => `  ${check}: ${mend}`),
    );
  }
  return wrong.length === 0 ? ExitCode.ok : ExitCode.failure;
}

function checkMonitors({ monitors: path }: ServiceSettings): Promise<readonly Finding[]> {
  if (path === null) return Promise.resolve([ok('monitors', 'none are named: every model has the default one')]);
  const check = `monitors in ${path}`;
  const mend = 'mend the file; `tidemark check` says what is wrong with it';
  return checking(
    check,
    async () => {
      try {
        return await Promise.resolve(ok(check, `${loadMonitors(path).length} monitors`));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return error.lines.map((line) => toMend(check, line, mend));
      }
    },
    mend,
  );
}

function checkKafka(
  settings: ServiceSettings,
  services: readonly ServiceName[],
  stated: string | undefined,
): Promise<readonly Finding[]> {
  const { brokers, sasl } = settings.kafka;
  const own = sasl === null ? null : `User:${sasl.username}`;
  const reach = 'check that Kafka runs, and that TIDEMARK_BROKERS and the user’s rights are right';
  return checking(
    `kafka at ${brokers.join(', ')}`,
    async () => {
      const log = await openLog(settings, 'tidemark-doctor');
      try {
        const topics = topicsOf(settings.topicPrefix);
        const findings: Finding[] = [ok(`kafka at ${brokers.join(', ')}`, 'answers')];
        for (const wanted of topicSettings(topics, settings.partitions)) {
          const checked = await checking(`topic ${wanted.topic}`, () => checkTopic(log, wanted, brokers), reach);
          findings.push(...checked);
        }
        const missing = new Set(findings.filter(({ found }) => found === 'does not exist').map(({ check }) => check));
        for (const reader of readersOf(topics, settings.topicPrefix)) {
          // Another service's group is not asked for: this user need not see it.
          if (missing.has(`topic ${reader.topic}`) || !services.some((each) => each === reader.service)) continue;
          const check = `group ${reader.group}`;
          findings.push(...(await checking(check, () => checkReader(log, reader), groupMend(reader.group, brokers))));
        }
        const principal = stated ?? own;
        if (principal === null) {
          const why = 'not checked: there is no TIDEMARK_KAFKA_USER; name who has them with --principal';
          return [...findings, ok('kafka rights', why)];
        }
        const acls = await log.acls(principal);
        for (const service of services) {
          const { topicPrefix: prefix } = settings;
          const subject = { service, principal, asks: principal === own, topics, prefix, brokers };
          findings.push(...checkKafkaRights(acls, subject));
        }
        return findings;
      } finally {
        await log.close();
      }
    },
    reach,
  );
}

/** The client says of a group that its user may not see that no coordinator was found. */
function groupMend(group: string, brokers: readonly string[]): string {
  const right = { resource: 'group', name: group, prefixed: false, operations: ['Read'] } as const;
  const command = grantCommand(right, 'User:<user>', `--bootstrap-server ${brokers.join(',')}`);
  return `check that the user may read with the group (${command}), and that all brokers run`;
}

function checkRegistry(settings: ServiceSettings): Promise<readonly Finding[]> {
  const check = `schema registry at ${settings.registry.url}`;
  return checking(
    check,
    async () => {
      const registry = openRegistry(settings);
      await registry.ping();
      const missing: string[] = [];
      for (const name of RECORD_NAMES) {
        if (!(await registry.isRegistered(subjectOf(name), schemaOf(name)))) missing.push(subjectOf(name));
      }
      const known = RECORD_NAMES.length - missing.length;
      // Services register what they write, when they first write it.
      const found = `answers; it has ${known} of this version's ${RECORD_NAMES.length} schemas, services register the others`;
      return ok(check, missing.length === 0 ? "answers; it has all of this version's schemas" : found);
    },
    'check that the registry runs, and that TIDEMARK_REGISTRY_URL and its credentials are right',
  );
}

function checkClickHouse(settings: ServiceSettings, services: readonly ServiceName[]): Promise<readonly Finding[]> {
  return checking(
    `clickhouse at ${settings.clickHouse.url}`,
    async () => {
      const store = await openServer(settings);
      try {
        return await checkStore(store, settings.clickHouse.username, services);
      } finally {
        await store.close();
      }
    },
    'check that ClickHouse runs, and that TIDEMARK_CLICKHOUSE_URL, the user and the password are right',
  );
}

import type { Topics } from '@tidemark/contracts';
import type { Store } from '@tidemark/store';
import type { KafkaAcl, KafkaAcls } from '@tidemark/transport';
import { grantCommand, kafkaRights, type KafkaRight, type KafkaUser } from '../access/kafka-access.js';
import { STORE_GRANTS } from '../access/store-access.js';
import { ok, toMend, type Finding } from './finding.js';

/** The services whose rights are checked. */
export const SERVICES = ['sketcher', 'detector', 'outcomes'] as const satisfies readonly KafkaUser[];
export type ServiceName = (typeof SERVICES)[number];

export interface KafkaSubject {
  readonly service: ServiceName;
  /** `User:ann`. */
  readonly principal: string;
  /** Whether it is the principal who asks. */
  readonly asks: boolean;
  readonly topics: Topics;
  readonly prefix: string;
  readonly brokers: readonly string[];
}

/** Whether ACLs let a service do its work. */
export function checkKafkaRights(acls: KafkaAcls, subject: KafkaSubject): Finding[] {
  const { service, principal, asks, topics, prefix, brokers } = subject;
  const check = `kafka rights of ${service}`;
  if (acls === 'no-authorizer') return [ok(check, 'brokers have no ACLs: everybody may do everything')];
  if (acls === 'not-told') {
    const how = '`tidemark doctor --principal` as a user who may see ACLs (Describe on the cluster)';
    return [ok(check, `not checked: this user may not see ACLs; ${how} checks them`)];
  }
  if (asks && acls.length === 0) return [ok(check, `${principal} has no ACLs and may see them: it is a super user`)];
  const lacking = kafkaRights(service, topics, prefix).flatMap((right): KafkaRight[] => {
    const operations = right.operations.filter((operation) => !isAllowed(acls, right, operation));
    return operations.length === 0 ? [] : [{ ...right, operations }];
  });
  if (lacking.length === 0) return [ok(check, `${principal} has all of them`)];
  const at = `--bootstrap-server ${brokers.join(',')}`;
  return lacking.map((right) => {
    const what = `${right.operations.join(' and ')} on the ${right.resource} ${right.name}${right.prefixed ? '…' : ''}`;
    return toMend(check, `${principal} lacks ${what}`, grantCommand(right, principal, at));
  });
}

/** Operations that include `Describe`. */
const DESCRIBING = ['READ', 'WRITE', 'DELETE', 'ALTER'];

function isAllowed(acls: readonly KafkaAcl[], right: KafkaRight, operation: string): boolean {
  const wanted = operation.toUpperCase();
  const about = acls.filter(
    (acl) =>
      acl.resource === right.resource &&
      (acl.operation === 'ALL' ||
        acl.operation === wanted ||
        (acl.allows && wanted === 'DESCRIBE' && DESCRIBING.includes(acl.operation))),
  );
  const denied = about.some(
    (acl) => !acl.allows && (covers(acl, right) || (right.prefixed && acl.name.startsWith(right.name))),
  );
  return !denied && about.some((acl) => acl.allows && covers(acl, right));
}

function covers({ name, prefixed }: KafkaAcl, right: KafkaRight): boolean {
  if (prefixed) return right.name.startsWith(name);
  return name === '*' || (name === right.name && !right.prefixed);
}

/** Whether the user of ClickHouse may do what a service does. Statements are run that read and write no row. */
export async function checkStoreGrants(store: Store, service: ServiceName, username: string): Promise<Finding[]> {
  if (service === 'sketcher') return [];
  const { database } = store;
  const check = `clickhouse grants of ${service}`;
  const lacking: string[] = [];
  for (const { grant, tables } of STORE_GRANTS[service]) {
    for (const table of tables) {
      const isAllowedTo = grant === 'INSERT' ? mayInsert : maySelect;
      if (!(await isAllowedTo(store, table))) lacking.push(`GRANT ${grant} ON ${database}.${table} TO ${username}`);
    }
  }
  if (lacking.length === 0) return [ok(check, `${username} has all of them`)];
  return [toMend(check, `${username} lacks ${lacking.length} of them`, lacking.join('; '))];
}

function maySelect(store: Store, table: string): Promise<boolean> {
  return mayRun(() => store.command(`SELECT 1 FROM ${store.database}.${table} LIMIT 0`));
}

/** Into a column that need not be read for that. */
async function mayInsert(store: Store, table: string): Promise<boolean> {
  const [column] = await store.query<{ name: string; type: string }>(
    `SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String} AND default_kind = ''
     ORDER BY position LIMIT 1`,
    { database: store.database, table },
  );
  // Whoever may do nothing with a table does not see its columns.
  if (column === undefined) return false;
  const insert = `INSERT INTO ${store.database}.${table} (${column.name}) SELECT defaultValueOfTypeName({type:String}) WHERE 0`;
  return mayRun(() => store.command(insert, { type: column.type }));
}

async function mayRun(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'denied') return false;
    throw error;
  }
}

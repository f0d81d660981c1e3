import kafkajs, { type Admin } from 'kafkajs';
import { transportError } from './kafka-errors.js';

// Not among the names that Node finds in the client's CommonJS.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** One of the brokers' ACLs. */
export interface KafkaAcl {
  readonly resource: 'topic' | 'group' | 'transactional-id' | 'other';
  /** `*` stands for all. */
  readonly name: string;
  /** Whether it is every resource whose name begins so. */
  readonly prefixed: boolean;
  /** By Kafka's names: `READ`, `ALL`. */
  readonly operation: string;
  readonly allows: boolean;
}

/** What the brokers say about somebody's rights: their ACLs, or that whoever asks may not know them, or that there are none. */
export type KafkaAcls = readonly KafkaAcl[] | 'not-told' | 'no-authorizer';

const RESOURCES: Readonly<Partial<Record<number, KafkaAcl['resource']>>> = {
  [AclResourceTypes.TOPIC]: 'topic',
  [AclResourceTypes.GROUP]: 'group',
  [AclResourceTypes.TRANSACTIONAL_ID]: 'transactional-id',
};

/** The client's object of names has none of the way back that its type promises. */
const OPERATIONS = new Map(Object.entries(AclOperationTypes).map(([name, code]) => [Number(code), name]));

/** The ACLs of somebody and of everybody. @param principal `User:ann`. @throws TransportError where no broker answers. */
export async function aclsOf(admin: Admin, principal: string): Promise<KafkaAcls> {
  const found: KafkaAcl[] = [];
  for (const each of [principal, 'User:*']) {
    try {
      const { resources } = await admin.describeAcls({
        resourceType: AclResourceTypes.ANY,
        resourcePatternType: ResourcePatternTypes.ANY,
        principal: each,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
      });
      for (const { resourceType, resourceName, resourcePatternType, acls } of resources) {
        for (const { operation, permissionType } of acls) {
          found.push({
            ...{ resource: RESOURCES[resourceType] ?? 'other', name: resourceName },
            prefixed: resourcePatternType === ResourcePatternTypes.PREFIXED,
            operation: OPERATIONS.get(operation) ?? 'UNKNOWN',
            allows: permissionType === AclPermissionTypes.ALLOW,
          });
        }
      }
    } catch (error) {
      const { type } = error as { readonly type?: string };
      if (type === 'SECURITY_DISABLED') return 'no-authorizer';
      if (type === 'CLUSTER_AUTHORIZATION_FAILED') return 'not-told';
      throw transportError(error, `looking up the rights of ${principal}`);
    }
  }
  return found;
}

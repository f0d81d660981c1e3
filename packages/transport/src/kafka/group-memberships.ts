import kafkajs from 'kafkajs';
import type { KafkaAdmin } from './kafka-admin.js';
import { transportError } from './kafka-errors.js';

// Not among the names that Node finds in the client's CommonJS.
const { AssignerProtocol } = kafkajs;

/** A consumer of this process, as its group knows it. */
export interface GroupMember {
  readonly group: string;
  readonly topic: string;
  /** Null before the group was joined. */
  readonly memberId: string | null;
  /** What it believes to own, be it that it is being taken over. */
  readonly held: readonly number[];
  readonly isTakingOver: boolean;
  /** The id of the topic as it was when it began to read it, by which its offsets are to be understood; null where it has none. */
  readonly topicId: string | null;
}

/**
 * Which partitions this process still owns, asked of the groups' coordinator: a member that was cut off or stood still keeps believing so
 * for a while after others have taken its partitions over. Where a process has no consumer in a group, nothing speaks against it.
 */
export class GroupMemberships {
  readonly #members = new Set<GroupMember>();

  constructor(private readonly admin: KafkaAdmin) {}

  add(member: GroupMember): void {
    this.#members.add(member);
  }

  remove(member: GroupMember): void {
    this.#members.delete(member);
  }

  /** The id of the topic whose offsets this process commits for a group; null where it is not known. */
  topicIdOf(group: string, topic: string): string | null {
    const [member] = [...this.#members].filter((each) => each.group === group && each.topic === topic);
    return member?.topicId ?? null;
  }

  /** @throws TransportError where the coordinator does not answer. */
  async owns(group: string, topic: string, partitions: readonly number[]): Promise<boolean> {
    const ours = [...this.#members].filter((member) => member.group === group && member.topic === topic);
    if (ours.length === 0) return true;
    const holders = ours.filter(({ held }) => partitions.every((partition) => held.includes(partition)));
    const { state, assignments } = holders.length === 0 ? NOBODY : await this.#describe(group);
    return holders.some(({ memberId }) => {
      const assigned = memberId === null ? undefined : assignments.get(memberId);
      if (assigned === undefined) return false;
      // The group waits for its members to let go; only then are the partitions given to others.
      if (state === 'PreparingRebalance') return true;
      return state === 'Stable' && partitions.every((partition) => (assigned[topic] ?? []).includes(partition));
    });
  }

  /** Whether the consumers that are taking partitions over right now are still in their groups. */
  async mayTakeOver(): Promise<boolean> {
    for (const { group, memberId, isTakingOver } of this.#members) {
      if (!isTakingOver || memberId === null) continue;
      if (!(await this.#describe(group)).assignments.has(memberId)) return false;
    }
    return true;
  }

  async #describe(group: string): Promise<Description> {
    try {
      const { groups } = await this.admin.ask((admin) => admin.describeGroups([group]));
      const [{ state, members }] = groups;
      const assignments = members.map(
        ({ memberId, memberAssignment }): [string, Readonly<Record<string, number[]>>] => [
          memberId,
          // Empty while the group rebalances.
          (memberAssignment.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(memberAssignment))
            ?.assignment ?? {},
        ],
      );
      return { state, assignments: new Map(assignments) };
    } catch (error) {
      throw transportError(error, `looking up the members of ${group}`);
    }
  }
}

interface Description {
  readonly state: string;
  readonly assignments: ReadonlyMap<string, Readonly<Record<string, readonly number[]>>>;
}

const NOBODY: Description = { state: 'Dead', assignments: new Map() };

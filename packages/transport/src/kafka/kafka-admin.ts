import type { Admin, Kafka } from 'kafkajs';

interface Connected {
  readonly admin: Admin;
  /** Questions that wait for its answer. */
  asked: number;
}

/**
 * The client's side that asks and makes. The client never forgets a topic that it was asked about, and answers nothing any more once that
 * topic is deleted: whatever fails for a topic that is not there is asked once more of a client that knows none.
 */
export class KafkaAdmin {
  #current: Connected;

  private constructor(
    private readonly kafka: Kafka,
    admin: Admin,
  ) {
    this.#current = { admin, asked: 0 };
  }

  static async connect(kafka: Kafka): Promise<KafkaAdmin> {
    return new KafkaAdmin(kafka, await connected(kafka));
  }

  /** @throws what the client throws. */
  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const asked = this.#current;
    try {
      return await this.#askOf(asked, question);
    } catch (error) {
      if (!isOfUnknownTopic(error)) throw error;
      if (asked === this.#current) {
        const fresh = { admin: await connected(this.kafka), asked: 0 };
        // Others may have been faster.
        if (asked === this.#current) this.#current = fresh;
        else await fresh.admin.disconnect();
      }
      if (asked.asked === 0) await asked.admin.disconnect();
      return this.#askOf(this.#current, question);
    }
  }

  disconnect(): Promise<void> {
    return this.#current.admin.disconnect();
  }

  async #askOf<T>(of: Connected, question: (admin: Admin) => Promise<T>): Promise<T> {
    of.asked++;
    try {
      return await question(of.admin);
    } finally {
      of.asked--;
      if (of.asked === 0 && of !== this.#current) await of.admin.disconnect();
    }
  }
}

async function connected(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin();
  await admin.connect();
  return admin;
}

function isOfUnknownTopic(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ((error as Error & { readonly type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  }
  return false;
}

import { mkdirSync } from 'node:fs';

/** What is used of the engine's session. The package is optional, so nothing here is of its types. */
interface EngineSession {
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ text(): string }>;
  close(): void;
}

/** Not a literal, so that the compiler does not look for the package. */
const ENGINE_PACKAGE: string = 'chdb';

export type SqlOutcome =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: number; readonly message: string };

/** ClickHouse's engine on a folder, one statement after another, with the settings and parameters of each. */
export class SqlEngine {
  readonly #session: EngineSession;
  /** Settings that the session has by now. */
  readonly #settings = new Map<string, string>();
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(session: EngineSession) {
    this.#session = session;
  }

  static async open(folder: string): Promise<SqlEngine> {
    mkdirSync(folder, { recursive: true });
    const { Session } = (await import(ENGINE_PACKAGE)) as { Session: new (path: string) => EngineSession };
    return new SqlEngine(new Session(folder));
  }

  /**
   * Runs a statement; its data, where it has any, follow in the same text.
   *
   * @param parameters values of `{name:Type}`, escaped as in TabSeparated.
   */
  run(
    statement: string,
    settings: ReadonlyMap<string, string>,
    parameters: ReadonlyMap<string, string>,
    format: string,
  ): Promise<SqlOutcome> {
    const ran = this.#queue.then(() => this.#run(statement, settings, parameters, format));
    this.#queue = ran;
    return ran;
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#session.close();
  }

  async #run(
    statement: string,
    settings: ReadonlyMap<string, string>,
    parameters: ReadonlyMap<string, string>,
    format: string,
  ): Promise<SqlOutcome> {
    try {
      const changed = [...settings].filter(([name, value]) => this.#settings.get(name) !== value);
      const given = [...parameters].map(([name, value]) => [`param_${name}`, value] as const);
      const set = [...changed, ...given].map(([name, value]) => `${identifier(name)} = ${literal(value)}`);
      if (set.length > 0) await this.#session.queryAsync(`SET ${set.join(', ')}`, { format });
      for (const [name, value] of changed) this.#settings.set(name, value);
      const result = await this.#session.queryAsync(statement, { format });
      return { ok: true, text: result.text() };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const [, code, message] = /Code: (\d+)\. DB::Exception: ([\s\S]*)/.exec(text) ?? [undefined, '1002', text];
      return { ok: false, code: Number(code), message };
    }
  }
}

function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`Code: 115. DB::Exception: Unknown setting '${name}'`);
  return name;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

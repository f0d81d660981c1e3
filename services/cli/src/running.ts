import type { Service } from '@tidemark/runtime';

/** Ends something with the service. */
export function endingWith(running: Service, end: () => void): Service {
  running.done.catch(() => undefined).finally(end);
  return running;
}

/** Closes a connection once what was started on it has ended, or could not be started. */
export async function closing(connection: { close(): Promise<void> }, start: () => Promise<Service>): Promise<Service> {
  try {
    const running = await start();
    const done = running.done.finally(() => connection.close());
    done.catch(() => undefined);
    return {
      done,
      stop: async () => {
        await running.stop();
        await done.catch(() => undefined);
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Starts another beside one that runs: both stop together, and when either ends. */
export async function together(first: Service, startSecond: () => Promise<Service>): Promise<Service> {
  let second: Service;
  try {
    second = await startSecond();
  } catch (error) {
    await first.stop();
    throw error;
  }
  const stop = async () => {
    await Promise.all([first.stop(), second.stop()]);
  };
  const done = Promise.race([first.done, second.done])
    .finally(stop)
    .then(() => Promise.all([first.done, second.done]))
    .then(() => undefined);
  done.catch(() => undefined);
  return { done, stop };
}

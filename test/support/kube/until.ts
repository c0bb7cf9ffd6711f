import { setTimeout as sleep } from 'node:timers/promises';

/** Far above what anything here takes; a machine under load must not make a test fail. */
const GIVE_UP = 20_000;

/** Waits until `ask` gives something that is neither undefined nor false. */
export async function until<Value>(
  what: string,
  ask: () => Value | undefined | false | Promise<Value | undefined | false>,
): Promise<Value> {
  const end = Date.now() + GIVE_UP;
  for (;;) {
    const value = await ask();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await sleep(10);
  }
}

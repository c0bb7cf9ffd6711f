import type { Admit } from '#shared/admission/admit.ts';
import { createAdmit, type CreateAdmitOptions } from '#shared/admission/create-admit.ts';
import type { Clock } from '#shared/base/clock.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';

/** A clock that stands still until it is moved. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

export function testClock(): TestClock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

export interface TestEngine {
  readonly admit: Admit;
  readonly clock: TestClock;
  close(): Promise<void>;
}

/** The real engine with the real registry client; retries do not wait. */
export function startEngine(
  options: Omit<CreateAdmitOptions, 'clock' | 'openRegistry'> = {},
): TestEngine {
  const clock = testClock();
  const registries = createRegistryFactory({
    version: 'test',
    clock,
    environment: {},
    sleep: async () => Promise.resolve(),
    timeoutMs: 2_000,
  });
  return {
    clock,
    admit: createAdmit({
      ...options,
      clock,
      openRegistry: async () => Promise.resolve(registries.open(anonymousKeychain)),
    }),
    close: () => registries.close(),
  };
}

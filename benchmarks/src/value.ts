import { isDeepStrictEqual } from 'node:util';
import type { Contestant } from './contestant.ts';

interface User {
  readonly id: number;
  readonly revision: number;
  readonly notes: string;
}

const COUNT = 1000;

/** Made once, as an application's keys mostly are when they come out of a router or a row. */
const KEYS: readonly string[] = Array.from({ length: COUNT }, (_, id) => `user:${id}`);

/** Two values a key, so that it shows whether a write came about. */
const REVISIONS: readonly (readonly User[])[] = [0, 1].map((revision) =>
  KEYS.map((_, id) => makeUser(id, revision)),
);

export function keyOf(call: number): string {
  return KEYS[call % COUNT] as string;
}

export function userOf(call: number, revision: number): User {
  return REVISIONS[revision]?.[call % COUNT] as User;
}

/** A cheap look at each answer while the clock runs. */
export function checkAnswer(call: number, answer: unknown): void {
  if ((answer as Partial<User> | undefined)?.id === call % COUNT) return;
  throw new Error(`call ${call} of ${keyOf(call)} was not answered with its value`);
}

/** Writes every key through one contestant, which others cannot read: each has its own format. */
export async function fill(contestant: Contestant): Promise<void> {
  await Promise.all(KEYS.map((key, id) => contestant.set(key, userOf(id, 0))));
  await checkKept(contestant, COUNT, 0);
}

/** Compares what the first calls have written. */
export async function checkKept(contestant: Contestant, calls: number, revision: number): Promise<void> {
  const written = KEYS.slice(0, calls);
  const answers = await Promise.all(written.map((key) => contestant.get(key)));
  answers.forEach((answer, id) => {
    if (!isDeepStrictEqual(answer, userOf(id, revision))) {
      throw new Error(`${contestant.name} does not keep ${keyOf(id)}`);
    }
  });
}

/** About 1 KB of JSON in ASCII. */
function makeUser(id: number, revision: number): User {
  const user = {
    id,
    revision,
    name: `User Number ${id}`,
    email: `user.${id}@example.com`,
    active: id % 3 !== 0,
    score: id * 1.25,
    createdAt: '2024-05-17T08:30:00.000Z',
    address: { street: `${id} Long Street`, city: 'Springfield', zip: String(10_000 + id), country: 'US' },
    roles: ['reader', 'editor', 'admin'].slice(id % 3),
    orders: Array.from({ length: 8 }, (_, n) => ({ id: id * 100 + n, total: n * 19.99, state: 'shipped' })),
    notes: '',
  };
  return { ...user, notes: 'x'.repeat(1024 - JSON.stringify(user).length) };
}

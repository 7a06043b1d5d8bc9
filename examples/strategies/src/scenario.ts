import type { Repository } from '@cache/core';
import { type Product, REFRESH_AT, TTL_MS } from './strategies.ts';
import type { Asked, Watched } from './watched.ts';

/** What one step did to the database, and what the caller got. */
export interface Step {
  readonly title: string;
  readonly asked: Asked;
  readonly answer: string;
}

/** Lets time pass, and what goes on in the background. */
export type Pass = (ms: number) => Promise<void>;

type Run = (repository: Repository<string, Product>, pass: Pass) => Promise<string>;

const READERS = 100;
const CHANGES = 50;
const OTHERS = 20;

/** The database has this before the first step. */
export const PEN: Product = { name: 'pen', price: 100 };

/** The same for every strategy. */
const STEPS: readonly (readonly [title: string, run: Run])[] = [
  [
    `${READERS} ask for a product at once`,
    async (repository) => {
      const found = await Promise.all(Array.from({ length: READERS }, () => repository.get('pen')));
      return `${found.length} answers, price ${found[0]?.price}`;
    },
  ],
  [
    'it is asked for when its entry has aged',
    async (repository, pass) => {
      await pass(TTL_MS * (REFRESH_AT + 0.1));
      const found = await repository.get('pen');
      await pass(TTL_MS / 20);
      return `price ${found?.price}`;
    },
  ],
  [
    'it is asked for after what was its end',
    async (repository, pass) => {
      await pass(TTL_MS * REFRESH_AT * 0.8);
      return `price ${(await repository.get('pen'))?.price}`;
    },
  ],
  [
    `its price changes ${CHANGES} times`,
    async (repository) => {
      for (let change = 1; change <= CHANGES; change += 1) {
        await repository.set('pen', { name: 'pen', price: 100 + change });
      }
      return 'each acknowledged';
    },
  ],
  ['it is asked for at once', async (repository) => `price ${(await repository.get('pen'))?.price}`],
  [
    `${OTHERS} other products change`,
    async (repository) => {
      const changes = Array.from({ length: OTHERS }, (_, i) => {
        return repository.set(`product ${i}`, { name: `product ${i}`, price: i });
      });
      await Promise.all(changes);
      return 'each acknowledged';
    },
  ],
  [
    'the program ends',
    async (repository) => {
      await repository.close();
      return 'nothing is pending';
    },
  ],
];

/** Runs all steps, one after the other. */
export async function play(
  repository: Repository<string, Product>,
  database: Watched,
  pass: Pass,
): Promise<Step[]> {
  const steps: Step[] = [];
  database.take();
  for (const [title, run] of STEPS) {
    const answer = await run(repository, pass);
    steps.push({ title, asked: database.take(), answer });
  }
  return steps;
}

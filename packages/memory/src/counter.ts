import { type Failure, failed, type Outcome, ok } from '@cache/core';

/** What a counter's key holds. Changed in place, so that its life goes on. */
export interface Cell {
  readonly counter: true;
  value: bigint | number;
}

/** Whether what is stored is a counter. */
export function isCell(payload: unknown): payload is Cell {
  return typeof payload === 'object' && payload !== null && (payload as Partial<Cell>).counter === true;
}

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** Adds an integer or a fraction; undefined = the key holds something else. */
export function addTo<N extends bigint | number>(cell: Cell | undefined, by: N): Outcome<N> {
  if (cell === undefined) return failed(refused('WRONG_TYPE', 'the key holds something else than a counter'));
  const sum = typeof by === 'bigint' ? addInteger(cell.value, by) : Number(cell.value) + Number(by);
  if (sum === undefined)
    return failed(refused('WRONG_TYPE', 'the counter holds a fraction; use incrementFloat'));
  const fits = typeof sum === 'bigint' ? sum >= MIN && sum <= MAX : Number.isFinite(sum);
  if (!fits) return failed(refused('OUT_OF_RANGE', 'the sum leaves the signed 64-bit range'));
  cell.value = sum;
  return ok(sum as N);
}

function addInteger(value: bigint | number, by: bigint): bigint | undefined {
  if (typeof value === 'bigint') return value + by;
  return Number.isInteger(value) ? BigInt(value) + by : undefined;
}

function refused(code: Failure['code'], message: string): Failure {
  return { code, message, retryable: false, outcome: 'not-applied' };
}

import { allFailed, failover, layered } from '@cache/core';
import { expect, test } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

/** A server that is slow to change anything, and gives up when it is told to. */
function slow() {
  return layered(memoryAdapter(), async ({ call, isEffect, items, go }) => {
    const { signal } = call;
    if (!isEffect || signal === undefined) return await go();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return allFailed(items.length, {
      code: 'ABORTED',
      message: 'aborted',
      retryable: false,
      outcome: 'unknown',
    });
  });
}

test('what a caller aborts takes neither of two servers out of use', async () => {
  const adapter = failover(slow(), slow());
  const controller = new AbortController();
  const deadline = performance.now() + 60_000;
  const write = adapter.write([{ key: 'k', payload: 'v', ttlMs: null }], {
    deadline,
    signal: controller.signal,
  });
  controller.abort();
  expect(await write).toMatchObject([{ ok: false, error: { code: 'ABORTED' } }]);
  expect(await adapter.read(['k'], { deadline })).toEqual([{ ok: true, value: undefined }]);
  await adapter.close();
});

import { type AnyAdapter, type Cache, CacheError, createCache } from '@cache/core';
import { memoryAdapter } from '@cache/memory';
import type { AdapterName } from './arguments.ts';
import { UsageError } from './usage-error.ts';

const PATIENCE = '5s';

/** @throws UsageError when the server cannot be reached */
export async function openCache(adapter: AdapterName, url: string | undefined): Promise<Cache<AnyAdapter>> {
  const cache = createCache<AnyAdapter>({ adapter: await adapterOf(adapter, url), namespace: 'demo' });
  try {
    await cache.ready({ timeout: PATIENCE });
    return cache;
  } catch (error) {
    await cache.close();
    if (!(error instanceof CacheError)) throw error;
    // Names the server, never the password.
    const reason = error.message.replace(/^ready: /, '');
    throw new UsageError(
      `${reason}; start a server with 'docker compose up -d redis', name another with --url, ` +
        'or leave --adapter out to run without one',
    );
  }
}

async function adapterOf(name: AdapterName, url: string | undefined): Promise<AnyAdapter> {
  if (name === 'memory' || url === undefined) return memoryAdapter();
  // Asked for only now, so that the embedded demo needs no driver.
  const { ioredisAdapter } = await import('@cache/ioredis');
  return ioredisAdapter({ url });
}

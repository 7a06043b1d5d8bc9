import type { AnyAdapter } from '../contract/adapter.ts';
import type { ConnectionEvents, Facets, Scan, ServerInfo } from '../contract/facets.ts';
import { failed } from '../contract/outcome.ts';

/** The facets that several adapters have together where each of them has them. */
export type CommonFacet = 'expiry' | 'counters' | 'scan' | 'server' | 'connection';

/** Several adapters as one. */
export type Common<A extends AnyAdapter> = Omit<A, keyof Facets<unknown>> &
  Pick<A, Extract<keyof A, CommonFacet>>;

/** What an adapter says of itself, as several of them say it together. */
export function aboutSeveral(
  adapters: readonly AnyAdapter[],
): Pick<AnyAdapter, 'limits' | 'losses' | 'hasUnseenCopies' | 'hasReplicas'> {
  const least = (limit: 'maxKeyBytes' | 'maxValueBytes' | 'maxTtlMs'): number =>
    Math.min(...adapters.map(({ limits }) => limits[limit]));
  const losses = [...new Set(adapters.flatMap((one) => one.losses ?? []))];
  return {
    limits: {
      maxKeyBytes: least('maxKeyBytes'),
      maxValueBytes: least('maxValueBytes'),
      maxTtlMs: least('maxTtlMs'),
      ttlResolutionMs: Math.max(...adapters.map(({ limits }) => limits.ttlResolutionMs)),
    },
    ...(losses.length > 0 && { losses }),
    ...(adapters.some((one) => one.hasUnseenCopies === true) && { hasUnseenCopies: true }),
    ...(adapters.some((one) => one.hasReplicas === true) && { hasReplicas: true }),
  };
}

/** Whether each has a facet. */
export function allHave(adapters: readonly AnyAdapter[], facet: CommonFacet): boolean {
  return adapters.every((one) => one[facet] !== undefined);
}

/** Whether each can count in fractions. */
export function allHaveFloats(adapters: readonly AnyAdapter[]): boolean {
  return adapters.every((one) => one.counters !== undefined && 'addFloat' in one.counters);
}

/** Scans one adapter after the other; the cursor says which. */
export function scanOf(adapters: readonly AnyAdapter[]): Scan {
  return {
    async page(match, cursor, count, call) {
      const [, place = '0', own = ''] = /^(\d+):(.*)$/s.exec(cursor ?? '0:') ?? [];
      const index = Number(place);
      const scan = adapters[index]?.scan;
      if (scan === undefined) return failed(STRANGE_CURSOR);
      const found = await scan.page(match, own === '' ? undefined : own, count, call);
      if (!found.ok) return found;
      const { keys, next } = found.value;
      if (next !== undefined) return { ok: true, value: { keys, next: `${index}:${next}` } };
      const isLast = index + 1 === adapters.length;
      return { ok: true, value: { keys, next: isLast ? undefined : `${index + 1}:` } };
    },
  };
}

const STRANGE_CURSOR = {
  code: 'INVALID_OPTION',
  message: 'the cursor is none that this scan gave',
  retryable: false,
  outcome: 'not-applied',
} as const;

/** The reports of all. @param refused how many items came to none of them */
export function serverOf(adapters: readonly AnyAdapter[], refused: () => number = () => 0): ServerInfo {
  const servers = adapters.map((one) => one.server as ServerInfo);
  return {
    report: async (call) => (await Promise.all(servers.map((one) => one.report(call)))).flat(),
    client() {
      const clients = servers.map((one) => one.client());
      const sum = (count: 'inFlight' | 'completed' | 'failed'): number =>
        clients.reduce((total, client) => total + client[count], 0);
      return { inFlight: sum('inFlight'), completed: sum('completed'), failed: sum('failed') + refused() };
    },
  };
}

/** The connections of all. @param enough which of them are to be ready */
export function connectionOf(adapters: readonly AnyAdapter[], enough: 'all' | 'any'): ConnectionEvents {
  const connections = adapters.map((one) => one.connection as ConnectionEvents);
  return {
    async ready(call) {
      const ready = connections.map((one) => one.ready(call));
      if (enough === 'all') await Promise.all(ready);
      // Why none is, the first one says.
      else await Promise.any(ready).catch(() => ready[0]);
    },
    on(listener) {
      const offs = connections.map((one) => one.on(listener));
      return () => {
        for (const off of offs) off();
      };
    },
  };
}

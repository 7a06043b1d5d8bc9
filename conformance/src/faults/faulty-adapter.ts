import type { AnyAdapter, Call, Failure, Outcome } from '@cache/core';
import type { Gate } from './gate.ts';

/** The methods that a plan is asked about; `close` and the facets are the inner adapter's own. */
export type AdapterMethod = 'read' | 'write' | 'remove' | 'touch';

/**
 * What happens to one call. `throw`, `reject` and `hang` break the contract of adapters, which answers every call,
 * item by item.
 */
export type AdapterFault =
  /** Throws synchronously; the inner adapter is not called. */
  | { readonly kind: 'throw'; readonly error?: unknown }
  /** Rejects; the inner adapter is not called. */
  | { readonly kind: 'reject'; readonly error?: unknown }
  /** Never settles; the inner adapter is not called. */
  | { readonly kind: 'hang' }
  /** Fails every item; the inner adapter is not called. Default: `UNAVAILABLE`, retryable, not applied. */
  | { readonly kind: 'fail'; readonly failure?: Partial<Failure> }
  /**
   * The inner adapter does it and its answer is lost: every item fails, by default as `UNAVAILABLE`, outcome unknown
   * (of a read: not applied), or the call rejects with `error`.
   */
  | { readonly kind: 'lose'; readonly failure?: Partial<Failure> }
  | { readonly kind: 'lose'; readonly error: unknown }
  /** Waits at the gate, `before` (default) the inner adapter is called or `after` it has answered. */
  | { readonly kind: 'delay'; readonly gate: Gate; readonly moment?: 'before' | 'after' };

/** Which fault befalls the call number `index`, from 0, of a method. Undefined = none. */
export type FaultPlan = (method: AdapterMethod, index: number) => AdapterFault | undefined;

type Batch = (items: readonly unknown[], call: Call) => Promise<Outcome<unknown>[]>;

const METHODS: readonly AdapterMethod[] = ['read', 'write', 'remove', 'touch'];

/**
 * Wraps an adapter so that its calls fail as planned. Whatever else it has, facets above all, is passed through as it
 * is, except `sync`, which would be a way around. The plan is asked at each call, so it may change its mind between two.
 */
export function faultyAdapter<A extends AnyAdapter>(inner: A, plan: FaultPlan): A {
  const outer = {};
  for (const name of namesOf(inner)) {
    Object.defineProperty(outer, name, {
      enumerable: true,
      get: () => {
        const value: unknown = Reflect.get(inner, name);
        // Bound, since an adapter of private fields takes no other `this`.
        return typeof value === 'function' ? value.bind(inner) : value;
      },
    });
  }
  for (const method of METHODS) {
    const batch: Batch = (items, call) => Reflect.apply(inner[method], inner, [items, call]);
    Object.defineProperty(outer, method, { enumerable: true, value: planned(method, batch, plan) });
  }
  return outer as A;
}

function planned(method: AdapterMethod, inner: Batch, plan: FaultPlan): Batch {
  let index = 0;
  return (items, call) => {
    const fault = plan(method, index++);
    if (fault?.kind === 'throw') throw 'error' in fault ? fault.error : new Error(`${method} throws`);
    return fault === undefined ? inner(items, call) : afflict(fault, method, inner, items, call);
  };
}

async function afflict(
  fault: AdapterFault,
  method: AdapterMethod,
  inner: Batch,
  items: readonly unknown[],
  call: Call,
): Promise<Outcome<unknown>[]> {
  switch (fault.kind) {
    case 'hang':
      return new Promise(() => {});
    case 'fail':
      return failAll(items, { message: `${method} fails`, outcome: 'not-applied', ...fault.failure });
    case 'lose': {
      await inner(items, call);
      if ('error' in fault) throw fault.error;
      const outcome = method === 'read' ? 'not-applied' : 'unknown';
      return failAll(items, { message: `the answer to ${method} was lost`, outcome, ...fault.failure });
    }
    case 'delay': {
      if (fault.moment !== 'after') await fault.gate.pass();
      const answer = await inner(items, call);
      if (fault.moment === 'after') await fault.gate.pass();
      return answer;
    }
    default:
      throw 'error' in fault ? fault.error : new Error(`${method} rejects`);
  }
}

function failAll(
  items: readonly unknown[],
  failure: Partial<Failure> & Pick<Failure, 'message' | 'outcome'>,
): Outcome<unknown>[] {
  return items.map(() => ({ ok: false, error: { code: 'UNAVAILABLE', retryable: true, ...failure } }));
}

/** Everything that can be read on an object, its classes' included. */
function namesOf(object: object): Set<PropertyKey> {
  const names = new Set<PropertyKey>();
  let at: object | null = object;
  while (at !== null && at !== Object.prototype) {
    for (const name of Reflect.ownKeys(at)) names.add(name);
    at = Reflect.getPrototypeOf(at);
  }
  for (const name of ['constructor', 'sync', ...METHODS]) names.delete(name);
  return names;
}

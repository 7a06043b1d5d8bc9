/** The part of Node's `AsyncLocalStorage` that is used here. */
interface Storage<T> {
  run<R>(store: T, callback: () => R): R;
  getStore(): T | undefined;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: 'node:async_hooks'): AsyncHooks | undefined };
}

/** The part of Node's `AsyncResource` that is used here. */
interface Resource {
  runInAsyncScope<R>(callback: () => R): R;
}

interface AsyncHooks {
  readonly AsyncResource: new (type: string) => Resource;
  readonly AsyncLocalStorage: new <T>() => Storage<T>;
}

/**
 * What was set by whoever called, however many turns of the event loop ago. Where the host has no such thing, only what
 * is called before the first `await` is known. Core imports nothing of node, so the host is asked at run time.
 */
export class AsyncContext<T> {
  readonly #storage: Storage<T> = storageOf<T>() ?? new CallStack<T>();

  run<R>(value: T, callback: () => R): R {
    return this.#storage.run(value, callback);
  }

  get(): T | undefined {
    return this.#storage.getStore();
  }
}

/**
 * Runs what makes something that outlives its caller, a promise or a timer, and must not keep alive what he has set (by
 * `AsyncLocalStorage`). For adapters.
 */
export function outside<R>(callback: () => R): R {
  return OUTSIDE === undefined ? callback() : OUTSIDE.runInAsyncScope(callback);
}

function asyncHooks(): AsyncHooks | undefined {
  return (globalThis as Host).process?.getBuiltinModule?.('node:async_hooks');
}

function resourceOf(): Resource | undefined {
  const hooks = asyncHooks();
  return hooks === undefined ? undefined : new hooks.AsyncResource('@cache/core');
}

const OUTSIDE = resourceOf();

function storageOf<T>(): Storage<T> | undefined {
  const hooks = asyncHooks();
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<T>();
}

class CallStack<T> implements Storage<T> {
  #store: T | undefined;

  run<R>(store: T, callback: () => R): R {
    const before = this.#store;
    this.#store = store;
    try {
      return callback();
    } finally {
      this.#store = before;
    }
  }

  getStore(): T | undefined {
    return this.#store;
  }
}
